// A plugtest server on coap-rs, and a client that moves one body:
//   peer serve HOST PORT
//   peer get|put URI FILE
mod dispatch;
mod links;
mod site;
mod transfer;

use coap::client::UdpCoAPClient;
use coap::Server;
use coap_lite::CoapRequest;
use site::Site;
use std::error::Error;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

const OBSERVE_SECONDS: u64 = 2;

// coap-rs notifies observers of a PUT, and of nothing else; and what nobody has PUT it does not let
// anybody observe.
async fn keep_changing(address: SocketAddr) {
    let mut count = 0;
    loop {
        let uri = format!("coap://{address}/obs");
        let text = format!("count {count}").into_bytes();
        if let Err(error) = UdpCoAPClient::put(&uri, text).await {
            eprintln!("coap-rs: /obs cannot be changed: {error}");
        }
        count += 1;
        tokio::time::sleep(Duration::from_secs(OBSERVE_SECONDS)).await;
    }
}

async fn serve(host: &str, port: &str) -> Result<(), Box<dyn Error>> {
    let address: SocketAddr = format!("{host}:{port}").parse()?;
    let server = Server::new_udp(address)?;
    let site = Arc::new(Mutex::new(Site::new()));
    tokio::spawn(keep_changing(address));
    server
        .run(move |request: Box<CoapRequest<SocketAddr>>| {
            let site = site.clone();
            async move { dispatch::answered(&site, request) }
        })
        .await?;
    Ok(())
}

#[tokio::main]
async fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let done = match words[..] {
        ["serve", host, port] => serve(host, port).await,
        ["get", uri, file] => transfer::get(uri, file).await,
        ["put", uri, file] => transfer::put(uri, file).await,
        _ => {
            eprintln!("coap-rs: usage: peer serve HOST PORT | get|put URI FILE");
            std::process::exit(2);
        }
    };
    if let Err(error) = done {
        eprintln!("coap-rs: {}: {error}", words.join(" "));
        std::process::exit(1);
    }
}
