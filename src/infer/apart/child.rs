//! The child: a model and tensors from standard input, answers on standard output.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::ffi::OsString;
use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, sync_channel};

use super::wire::{Failure, Job, ModelReply, read_line, read_tensor, write_line, write_values};
use crate::base::Tensor;
use crate::bundle::{Bundle, Card};
use crate::infer::model_io::MAX_INPUT_VALUES;
use crate::infer::{Engine, EngineChoice, EngineOptions, Error};

/// Loads the model that standard input holds and runs it on the tensors that follow. `words`: engine and
/// sizes, as this program wrote them. Returns the exit code: 0 when its input has ended.
pub fn run_model_main(words: &[OsString]) -> u8 {
    u8::from(serve(words).is_err())
}

fn serve(words: &[OsString]) -> io::Result<()> {
    let job = Job::from_words(words).ok_or(ErrorKind::InvalidInput)?;
    let mut out = io::stdout().lock();
    let mut reply = |reply: &ModelReply| write_line(&mut out, reply).and_then(|()| out.flush());
    let engine = match start(&job) {
        Ok(engine) => engine,
        Err(error) => return reply(&ModelReply::Failed(Failure::new(error))),
    };
    reply(&ModelReply::Started)?;
    let mut input = BufReader::new(io::stdin());
    let card = read_bytes(&mut input, job.n_bytes.0)?;
    let model = read_bytes(&mut input, job.n_bytes.1)?;
    let card: Card = std::str::from_utf8(&card)
        .ok()
        .and_then(|text| toml::from_str(text).ok())
        .ok_or(ErrorKind::InvalidData)?;
    let tensors = tensors(input)?;
    let bundle = Bundle { card, model, folder: PathBuf::new() };
    match engine.load_here(&bundle) {
        Ok(mut session) => {
            let provider = session.engine().provider.clone();
            reply(&ModelReply::Loaded { provider })?;
            for tensor in tensors {
                answer(&mut out, session.run(&tensor))?;
                out.flush()?;
            }
            Ok(())
        }
        Err(error) => reply(&ModelReply::Failed(Failure::new(error))),
    }
}

fn read_bytes(from: &mut impl Read, n: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    from.take(n as u64).read_to_end(&mut bytes)?;
    if bytes.len() == n { Ok(bytes) } else { Err(ErrorKind::UnexpectedEof.into()) }
}

/// Reads tensors while the model is at work. When the input ends the parent has gone, and the child ends
/// whatever it is doing.
fn tensors(mut input: impl BufRead + Send + 'static) -> io::Result<Receiver<Tensor>> {
    let (sender, tensors) = sync_channel(1);
    let read = move || {
        while let Ok(Some(shape)) = read_line::<Vec<usize>>(&mut input) {
            let Ok(tensor) = read_tensor(&mut input, shape, MAX_INPUT_VALUES) else { break };
            if sender.send(tensor).is_err() {
                return;
            }
        }
        // Nobody is there to whom it could answer.
        std::process::abort();
    };
    std::thread::Builder::new().name("tensors".to_owned()).spawn(read)?;
    Ok(tensors)
}

fn start(job: &Job) -> Result<Engine, Error> {
    let engine = if job.library.is_some() { EngineChoice::Ort } else { EngineChoice::Rten };
    let options = EngineOptions {
        engine,
        provider: Some(job.provider),
        library: job.library.clone(),
        threads: job.n_threads,
        run_limit: job.run_limit,
        ..EngineOptions::default()
    };
    Engine::start(&options)
}

fn answer(out: &mut impl Write, found: Result<Vec<Tensor>, Error>) -> io::Result<()> {
    match found {
        Ok(outputs) => {
            let shapes = outputs.iter().map(|output| output.shape.clone()).collect();
            write_line(out, &ModelReply::Ran { shapes })?;
            outputs.iter().try_for_each(|output| write_values(out, &output.data))
        }
        Err(error) => write_line(out, &ModelReply::Failed(Failure::new(error))),
    }
}
