//! The targets of libFuzzer in one program. The variable `TARGET` names the one that is tried;
//! `run.sh` asks for their names by `LIST=1`.

#![no_main]

mod cases;
mod clips;
mod data_sets;
mod described;
mod folders;
mod models;
mod pictures;
mod reports;

use std::sync::OnceLock;

/// Tries one input. What it returns is of no interest: it must not panic, hang or fill the memory.
type Target = fn(&[u8]);

const TARGETS: &[&[(&str, Target)]] = &[
    pictures::TARGETS,
    clips::TARGETS,
    described::TARGETS,
    cases::TARGETS,
    data_sets::TARGETS,
    models::TARGETS,
    reports::TARGETS,
];

fn targets() -> impl Iterator<Item = &'static (&'static str, Target)> {
    TARGETS.iter().copied().flatten()
}

static TARGET: OnceLock<Target> = OnceLock::new();

libfuzzer_sys::fuzz_target!(
    init: {
        if std::env::var_os("LIST").is_some() {
            targets().for_each(|(name, _)| println!("{name}"));
            std::process::exit(0);
        }
        let wanted = std::env::var("TARGET").expect("TARGET names a target");
        let found = targets().find(|(name, _)| *name == wanted);
        TARGET.set(found.expect("there is such a target").1).expect("it is set once");
    },
    |bytes: &[u8]| TARGET.get().expect("it was set at the start")(bytes)
);
