//! The model server that runs the detector.

use std::ffi::OsString;

use clap::Args;

use crate::infer::{RemoteAddress, RemoteOptions};

const SERVER: &str = "Model server";

/// Which model server, and what is allowed with it.
#[derive(Debug, Clone, Args)]
pub(in crate::cli) struct RemoteArgs {
    /// Have a model server run the detector (Open Inference Protocol v2, gRPC). It gets crops of faces,
    /// unencrypted; it is used only if it answers as this program does
    #[arg(long, value_name = "grpc://HOST:PORT", help_heading = SERVER)]
    remote: Option<RemoteAddress>,

    /// Name of the detector in the server. Default: that of the bundle
    #[arg(long, value_name = "NAME", requires = "remote", help_heading = SERVER)]
    remote_model: Option<String>,

    /// Run the detector here while the server cannot
    #[arg(long, requires = "remote", help_heading = SERVER)]
    remote_or_local: bool,

    /// Let crops go to another machine without encryption
    #[arg(long, requires = "remote", help_heading = SERVER)]
    insecure: bool,
}

impl RemoteArgs {
    /// The options; `None` where no server is named.
    ///
    /// # Errors
    ///
    /// One sentence, where the server is on another machine and that was not allowed.
    pub(in crate::cli) fn options(&self) -> Result<Option<RemoteOptions>, String> {
        let Some(address) = self.remote.clone() else { return Ok(None) };
        let options = RemoteOptions::new(address, self.insecure)?;
        let (model, or_local) = (self.remote_model.clone(), self.remote_or_local);
        Ok(Some(RemoteOptions { model, or_local, ..options }))
    }

    /// The same options for a child.
    pub(in crate::cli) fn arguments(&self) -> Vec<OsString> {
        let mut arguments: Vec<OsString> = Vec::new();
        if let Some(address) = &self.remote {
            arguments.extend(["--remote".into(), address.to_string().into()]);
        }
        if let Some(model) = &self.remote_model {
            arguments.extend(["--remote-model".into(), model.into()]);
        }
        arguments.extend(self.remote_or_local.then(|| "--remote-or-local".into()));
        arguments.extend(self.insecure.then(|| "--insecure".into()));
        arguments
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;

    #[derive(Debug, clap::Parser)]
    struct Line {
        #[command(flatten)]
        remote: RemoteArgs,
    }

    fn parsed(arguments: &[&str]) -> Result<RemoteArgs, clap::Error> {
        Line::try_parse_from([&["x"], arguments].concat()).map(|line| line.remote)
    }

    #[test]
    fn a_child_gets_the_same_options() {
        let full = [
            "--remote",
            "grpc://10.0.0.5:8001",
            "--remote-model",
            "face",
            "--remote-or-local",
            "--insecure",
        ];
        assert_eq!(parsed(&full).unwrap().arguments(), full);
        assert_eq!(parsed(&full[..2]).unwrap().arguments(), full[..2]);
        assert!(parsed(&[]).unwrap().arguments().is_empty());
        let options = parsed(&full).unwrap().options().unwrap().unwrap();
        assert!(options.or_local && options.model.as_deref() == Some("face"));
    }

    #[test]
    fn another_machine_has_to_be_allowed_and_nothing_stands_without_a_server() {
        let error = parsed(&["--remote", "grpc://10.0.0.5:8001"]).unwrap().options().unwrap_err();
        assert!(error.contains("--insecure"), "{error}");
        assert!(parsed(&["--remote-or-local"]).is_err());
        assert!(parsed(&["--insecure"]).is_err());
        assert!(parsed(&["--remote", "grpcs://127.0.0.1:8001"]).is_err());
    }
}
