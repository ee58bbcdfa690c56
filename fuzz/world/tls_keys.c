/* tls_keys.c -- see tls_keys.h. The key pair was made for this and protects nothing. */
#include "world/tls_keys.h"

const char tls_keys_certificate[] =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIBaTCCARCgAwIBAgIBATAKBggqhkjOPQQDAjAXMRUwEwYDVQQDDAxwZWVyLmV4\n"
    "YW1wbGUwIBcNMjAwMTAxMDAwMDAwWhgPMjEyMDAxMDEwMDAwMDBaMBcxFTATBgNV\n"
    "BAMMDHBlZXIuZXhhbXBsZTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABMDmyKfG\n"
    "lfdng9hpwobFtLVRkeuAuATQNKV4ThZ3tcaJh3tPsmZYpfB7yynTwoauYQ9L6TyX\n"
    "cXrs5wErpCUnOV6jSzBJMA8GA1UdEwEB/wQFMAMBAf8wFwYDVR0RBBAwDoIMcGVl\n"
    "ci5leGFtcGxlMB0GA1UdDgQWBBQOlLv0/C3eWZCLRF4Ic0kfcbRPUTAKBggqhkjO\n"
    "PQQDAgNHADBEAiBIITKkqly4cD3RoJcyq8FVOTULXbxzWVjgT1jDnz/v3QIgEiY+\n"
    "+qSuTWzvGDi74kLiZFmXkYFYXEvBsSNfoKmAXFc=\n"
    "-----END CERTIFICATE-----\n";

const char tls_keys_private[] = "-----BEGIN PRIVATE KEY-----\n"
                                "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg9k91rJWnsWj/sugQ\n"
                                "u1qIwWC9Y3AV3Ymah0SU1sngx/GhRANCAATA5sinxpX3Z4PYacKGxbS1UZHrgLgE\n"
                                "0DSleE4Wd7XGiYd7T7JmWKXwe8sp08KGrmEPS+k8l3F67OcBK6QlJzle\n"
                                "-----END PRIVATE KEY-----\n";

const char tls_keys_identity[] = "me";
const char tls_keys_secret[] = "secret";
const char tls_keys_wrong[] = "terces";
