//! `write-pages`: writes manual pages and shell completions, made from the definition of the commands.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::{Args, Command};
use clap_complete::Shell;

use crate::base::text::visible_path;

/// Folders below `share` where each shell looks for completions.
const COMPLETIONS: [(Shell, &str); 3] = [
    (Shell::Bash, "bash-completion/completions/pentimento"),
    (Shell::Fish, "fish/vendor_completions.d/pentimento.fish"),
    (Shell::Zsh, "zsh/site-functions/_pentimento"),
];
/// Folder below `share` where `man` looks.
const MANUAL: &str = "man/man1";

/// Arguments of `write-pages`.
#[derive(Debug, Args)]
pub struct PagesArgs {
    /// A folder share, for instance ~/.local/share: the files go to its sub-folders
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

/// Writes the pages and completions of this command line.
///
/// # Errors
///
/// When a file cannot be written.
pub(in crate::cli) fn run(args: &PagesArgs, command: &Command) -> anyhow::Result<()> {
    let manual = folder(args.folder.join(MANUAL))?;
    clap_mangen::generate_to(command.clone(), &manual)
        .with_context(|| format!("cannot write to {}", visible_path(&manual)))?;
    for (shell, path) in COMPLETIONS {
        let path = args.folder.join(path);
        path.parent().map_or(Ok(PathBuf::new()), |parent| folder(parent.to_owned()))?;
        write(&path, &completion(shell, command))?;
    }
    Ok(())
}

/// The completion script of a shell.
fn completion(shell: Shell, command: &Command) -> Vec<u8> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut shown(command), "pentimento", &mut script);
    script
}

/// The command without what it hides: the scripts would offer that.
fn shown(command: &Command) -> Command {
    let is_shown = |sub: &&Command| !sub.is_hide_set();
    let about = command.get_about().cloned().unwrap_or_default();
    Command::new("pentimento")
        .about(about)
        .version(env!("CARGO_PKG_VERSION"))
        .args(command.get_arguments().cloned())
        .subcommands(command.get_subcommands().filter(is_shown).cloned())
}

fn folder(path: PathBuf) -> anyhow::Result<PathBuf> {
    let context = || format!("cannot make the folder {}", visible_path(&path));
    std::fs::create_dir_all(&path).with_context(context)?;
    Ok(path)
}

fn write(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    std::fs::write(path, bytes).with_context(|| format!("cannot write {}", visible_path(path)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::command;

    /// Names of the commands at the top, those that are shown and those that are hidden.
    fn names() -> (Vec<String>, Vec<String>) {
        let command = command();
        let (hidden, shown): (Vec<_>, Vec<_>) =
            command.get_subcommands().partition(|sub| sub.is_hide_set());
        let names = |subs: Vec<&Command>| subs.iter().map(|s| s.get_name().to_owned()).collect();
        (names(shown), names(hidden))
    }

    #[test]
    fn every_command_has_a_page_and_a_completion_and_hidden_ones_have_none() {
        let share = tempfile::tempdir().unwrap();
        run(&PagesArgs { folder: share.path().to_owned() }, &command()).unwrap();
        let (shown, hidden) = names();
        assert!(shown.len() > 8 && hidden.len() > 4, "{shown:?} {hidden:?}");
        let page = |name: &str| share.path().join(format!("man/man1/pentimento-{name}.1"));
        let scripts =
            COMPLETIONS.map(|(_, path)| std::fs::read_to_string(share.path().join(path)).unwrap());
        for name in &shown {
            assert!(page(name).is_file(), "{name} has no page");
            assert!(scripts.iter().all(|script| script.contains(name.as_str())), "{name}");
        }
        for name in &hidden {
            assert!(!page(name).exists(), "{name} has a page");
            assert!(!scripts.iter().any(|script| script.contains(name.as_str())), "{name}");
        }
        let first = std::fs::read_to_string(share.path().join("man/man1/pentimento.1")).unwrap();
        assert!(first.contains("pentimento\\-inspect(1)"), "{first}");
    }

    #[test]
    fn the_same_commands_give_the_same_bytes() {
        for (shell, _) in COMPLETIONS {
            assert_eq!(completion(shell, &command()), completion(shell, &command()), "{shell}");
        }
    }
}
