//! A long command on several lines, which a shell reads as the one that it is.

/// Width of a line in halves of a letter.
const WIDTH: usize = 150;

/// Lines of a command that was quoted for a POSIX shell. All but the last end with a backslash, which
/// joins them again when they are copied; a word that is longer than a line is taken apart in the same
/// way.
pub(super) fn command_lines(command: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut line = String::new();
    for word in words(command) {
        let pieces = pieces(&word);
        for (i, piece) in pieces.iter().enumerate() {
            // Pieces of one word stand on lines of their own.
            let is_full = i > 0 || width(&line) + width(piece) + 4 > WIDTH;
            if line.is_empty() {
                line.clone_from(piece);
            } else if is_full {
                lines.push(format!("{line}{}\\", if i > 0 { "" } else { " " }));
                line.clone_from(piece);
            } else {
                line.push(' ');
                line.push_str(piece);
            }
        }
    }
    lines.push(line);
    lines
}

/// The words of the command, quoted as they were.
fn words(command: &str) -> Vec<String> {
    let (mut words, mut word, mut is_quoted) = (Vec::new(), String::new(), false);
    let mut letters = command.chars();
    while let Some(c) = letters.next() {
        match c {
            ' ' if !is_quoted => words.push(std::mem::take(&mut word)),
            '\\' if !is_quoted => {
                word.push(c);
                word.extend(letters.next());
            }
            _ => {
                is_quoted ^= c == '\'';
                word.push(c);
            }
        }
    }
    words.push(word);
    words
}

/// A word in pieces no longer than a line. Quotes are closed at the end of each and opened again.
fn pieces(word: &str) -> Vec<String> {
    let (mut pieces, mut piece, mut is_quoted) = (Vec::new(), String::new(), false);
    let mut letters = word.chars();
    while let Some(c) = letters.next() {
        // Between the words of a long text, if there are any.
        let is_after_word = is_quoted && piece.ends_with(' ') && width(&piece) > WIDTH - 50;
        if is_after_word || width(&piece) > WIDTH - 12 {
            let next = if is_quoted { "'" } else { "" };
            piece.push_str(next);
            pieces.push(std::mem::replace(&mut piece, next.to_owned()));
        }
        piece.push(c);
        if c == '\\' && !is_quoted {
            piece.extend(letters.next());
        }
        is_quoted ^= c == '\'';
    }
    pieces.push(piece);
    pieces
}

/// Wide letters count more.
fn width(text: &str) -> usize {
    let of = |c: char| match c {
        'M' | 'W' | 'm' | 'w' | '@' | '%' => 3,
        c if c.is_ascii() => 2,
        _ => 4,
    };
    text.chars().map(of).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::build::shell_line;

    #[test]
    #[cfg(unix)]
    fn a_shell_reads_the_lines_as_the_command() {
        let long =
            "Was the face of the person in this picture replaced? It's asked by 'us'. ".repeat(9);
        let path = format!("/very/{}/a.jpg", "long-path/".repeat(40));
        let arguments =
            ["pentimento", "report", "--question", &long, &path, "", "a b", "it's", "$(id)", r"\"];
        let command = shell_line(&arguments.map(str::to_owned));
        let lines = command_lines(&command);
        assert!(lines.len() > 10 && lines.iter().all(|line| width(line) <= WIDTH), "{lines:#?}");
        let script = format!("printf '%s\\0' {}", lines.join("\n"));
        let out = std::process::Command::new("sh").arg("-c").arg(script).output().unwrap();
        let back = String::from_utf8(out.stdout).unwrap();
        assert_eq!(back.split_terminator('\0').collect::<Vec<_>>(), arguments);
        assert_eq!(command_lines("pentimento replay r0"), ["pentimento replay r0"]);
    }
}
