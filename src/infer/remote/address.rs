//! Where the model server is, and how it is used.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;
use std::time::Duration;

use tonic::codegen::http::Uri;

/// `grpc://HOST:PORT`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteAddress {
    host: String,
    port: u16,
}

impl RemoteAddress {
    /// Whether it is on this machine by its name alone; no name is looked up.
    pub fn is_loopback(&self) -> bool {
        let host = self.host.trim_start_matches('[').trim_end_matches(']');
        host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
    }

    /// The TCP port.
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// What HTTP/2 connects to.
    pub(super) fn http(&self) -> String {
        // Another entry in the system's table of hosts must not lead elsewhere.
        let host = if self.host == "localhost" { "127.0.0.1" } else { &self.host };
        format!("http://{host}:{}", self.port)
    }
}

impl FromStr for RemoteAddress {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let uri: Uri = text.parse().map_err(|_not_one| "this is no grpc://HOST:PORT".to_owned())?;
        match uri.scheme_str() {
            Some("grpc") => {}
            Some("grpcs" | "https") => {
                return Err("TLS is not offered; lead grpc:// through a tunnel".to_owned());
            }
            _ => return Err("it does not begin with grpc://".to_owned()),
        }
        let authority = uri.authority().map_or("", |authority| authority.as_str());
        let more = uri.path_and_query().map_or("", |path| path.as_str());
        if authority.contains('@') || !matches!(more, "" | "/") {
            return Err("it has more than a host and a port".to_owned());
        }
        match (uri.host(), uri.port_u16()) {
            (Some(host), Some(port)) if !host.is_empty() && port > 0 => {
                Ok(Self { host: host.to_ascii_lowercase(), port })
            }
            _ => Err("it has no host and port, as in grpc://127.0.0.1:8001".to_owned()),
        }
    }
}

impl fmt::Display for RemoteAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "grpc://{}:{}", self.host, self.port)
    }
}

/// How a model server is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteOptions {
    /// Where it is.
    pub address: RemoteAddress,
    /// Name of the model there; `None` for that of the bundle.
    pub model: Option<String>,
    /// Whether the local engine runs the model while the server cannot.
    pub or_local: bool,
    /// How long an unavailable server is waited for.
    pub patience: Duration,
    /// Messages after which the server is checked again.
    pub recheck_calls: u64,
}

impl RemoteOptions {
    /// A server that is waited for one minute and checked again after 1,000 messages, without a fallback.
    ///
    /// # Errors
    ///
    /// One sentence, where it is on another machine and `is_insecure_allowed` is not set: nothing that
    /// goes there is encrypted.
    pub fn new(address: RemoteAddress, is_insecure_allowed: bool) -> Result<Self, String> {
        if !address.is_loopback() && !is_insecure_allowed {
            return Err(format!(
                "{address} is another machine, and what goes there is not encrypted: give --insecure if \
                 nobody else can read that network"
            ));
        }
        Ok(Self {
            address,
            model: None,
            or_local: false,
            patience: Duration::from_mins(1),
            recheck_calls: 1000,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_host_and_a_port() {
        for (text, is_loopback, http) in [
            ("grpc://127.0.0.1:8001", true, "http://127.0.0.1:8001"),
            ("grpc://localhost:8001", true, "http://127.0.0.1:8001"),
            ("grpc://[::1]:8001/", true, "http://[::1]:8001"),
            ("grpc://10.0.0.5:8001", false, "http://10.0.0.5:8001"),
            ("grpc://127.0.0.1.example.org:8001", false, "http://127.0.0.1.example.org:8001"),
            ("grpc://localhost.example.org:8001", false, "http://localhost.example.org:8001"),
        ] {
            let address: RemoteAddress = text.parse().unwrap();
            assert_eq!((address.is_loopback(), address.http().as_str()), (is_loopback, http));
            assert_eq!(RemoteOptions::new(address.clone(), false).is_ok(), is_loopback, "{text}");
            assert!(RemoteOptions::new(address, true).is_ok(), "{text}");
        }
        for text in [
            "127.0.0.1:8001",
            "http://127.0.0.1:8001",
            "grpcs://127.0.0.1:8001",
            "grpc://127.0.0.1",
            "grpc://:8001",
            "grpc://127.0.0.1:0",
            "grpc://127.0.0.1:99999",
            "grpc://localhost@example.org:8001",
            "grpc://127.0.0.1:8001/v2",
            "grpc://127.0.0.1:8001?a=b",
            "",
        ] {
            assert!(text.parse::<RemoteAddress>().is_err(), "{text}");
        }
    }
}
