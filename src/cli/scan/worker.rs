//! The child of `scan`: loads the models once, then answers a line of standard input with three lines of
//! standard output: head, result of `inspect`, result of `metadata`.

use std::io::BufRead as _;
use std::path::Path;
use std::process::ExitCode;

use super::args::{KindArg, WorkerArgs};
use crate::base::TaskCtx;
use crate::cli::exit::finish;
use crate::cli::inspect::{ExaminedFile, Inspector, model_server};
use crate::cli::metadata as describe;
use crate::cli::output::{self, Stdout};
#[cfg(feature = "remote")]
use crate::confine::connect_only_to;
use crate::files::sha256_of_file;
use crate::scan::{Failure, FailureClass, Ready, ReplyHead, Request};

/// Answers until standard input ends.
pub(in crate::cli) fn run(args: WorkerArgs) -> ExitCode {
    finish(answer_all(args))
}

fn answer_all(args: WorkerArgs) -> anyhow::Result<()> {
    let says_more = args.only.contains(&KindArg::Metadata);
    let mut inspector = None;
    let mut ready = Ready::default();
    if args.only.contains(&KindArg::Inspect) {
        let models = args.tools.models();
        #[cfg_attr(not(feature = "remote"), expect(unused_mut, reason = "nothing is added to it"))]
        let mut options = args.tools.engine();
        #[cfg(feature = "remote")]
        {
            options.remote = args.remote.options().map_err(anyhow::Error::msg)?;
        }
        #[cfg(feature = "remote")]
        let server = options.remote.as_ref().map(|remote| remote.address.to_string());
        #[cfg(feature = "remote")]
        if let Some(remote) = &options.remote
            && !connect_only_to(remote.address.port())
        {
            tracing::debug!("this system cannot confine the process to one port");
        }
        let loaded = Inspector::load(args.detector, models, options, args.quick)?;
        let (model, engine) = loaded.tools();
        if let Some(server) = &engine.remote {
            output::eprint_line(&model_server(server));
        }
        ready = Ready {
            detector: model.name,
            sha256: model.sha256,
            engine: engine.engine,
            provider: engine.provider,
        };
        #[cfg(feature = "remote")]
        if let Some(server) = server {
            // What runs it may change: a server is updated, the local engine stands in. Each line tells.
            (ready.engine, ready.provider) = ("remote".to_owned(), server);
        }
        inspector = Some(loaded);
    }
    output::print_line(&serde_json::to_string(&ready)?)?;
    for line in std::io::stdin().lock().lines() {
        let Request { path } = serde_json::from_str(&line?)?;
        let (head, results) = answer(Path::new(&path), inspector.as_mut(), says_more)?;
        let [inspect, metadata] = results;
        let lines = [serde_json::to_string(&head)?, inspect, metadata];
        if output::print_lines(&lines)? == Stdout::Closed {
            break;
        }
    }
    Ok(())
}

fn answer(
    path: &Path,
    inspector: Option<&mut Inspector>,
    says_more: bool,
) -> anyhow::Result<(ReplyHead, [String; 2])> {
    let mut head = ReplyHead::default();
    let mut results = [String::new(), String::new()];
    let [inspect, metadata] = &mut results;
    let is_examined = inspector.is_some();
    if let Some(inspector) = inspector {
        let ExaminedFile { line, sha256, n_faces, reason } =
            inspector.examine(path, &TaskCtx::silent())?;
        *inspect = line;
        head.failure = reason.map(|why| {
            let class = match (sha256.is_some(), n_faces) {
                (false, _) => unopened(path),
                (true, 0) => FailureClass::NoFace,
                (true, _) => FailureClass::NotExamined,
            };
            Failure { class, why }
        });
        head.sha256 = sha256;
        head.ends_scan = inspector.lost();
    }
    if says_more {
        let (line, reason) = describe::line(path)?;
        *metadata = line;
        if !is_examined {
            head.failure = reason.map(|why| Failure { class: unopened(path), why });
        }
    }
    if head.sha256.is_none() {
        head.sha256 = sha256_of_file(path).ok();
    }
    Ok((head, results))
}

/// Whether the system or the content stands against a file.
fn unopened(path: &Path) -> FailureClass {
    let readable = std::fs::File::open(path).is_ok();
    if readable { FailureClass::Refused } else { FailureClass::Unreadable }
}
