// One body, moved by coap-rs as a client.
use coap::client::UdpCoAPClient;
use coap_lite::CoapResponse;
use std::error::Error;

fn checked(response: CoapResponse) -> Result<CoapResponse, Box<dyn Error>> {
    if response.get_status().is_error() {
        return Err(format!("the server answers {:?}", response.get_status()).into());
    }
    Ok(response)
}

pub async fn get(uri: &str, file: &str) -> Result<(), Box<dyn Error>> {
    let response = checked(UdpCoAPClient::get(uri).await?)?;
    std::fs::write(file, response.message.payload)?;
    Ok(())
}

pub async fn put(uri: &str, file: &str) -> Result<(), Box<dyn Error>> {
    checked(UdpCoAPClient::put(uri, std::fs::read(file)?).await?)?;
    Ok(())
}
