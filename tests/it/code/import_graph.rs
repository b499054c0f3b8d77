//! Which source file uses which, read from the tokens of the files.
//!
//! A path counts as a use of the file that *defines* the item, also where a `mod.rs` re-exports
//! it. A re-export alone is no use. Code under `#[cfg(test)]` is left out.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// Path of a module or an item: `["cli", "video"]` is `crate::cli::video`.
type Segments = Vec<String>;

/// For every file the files it uses, by their paths below `src`.
pub(crate) type ImportGraph = BTreeMap<String, BTreeSet<String>>;

/// One leaf of a `use` declaration.
struct Import {
    path: Segments,
    is_glob: bool,
    is_reexport: bool,
}

#[derive(Default)]
struct Module {
    file: String,
    /// By the name it has here; a glob is kept under `*` and its path.
    imports: BTreeMap<String, Import>,
    /// Items defined here.
    items: BTreeSet<String>,
    /// Paths of two segments or more in the code, outside of `use`.
    paths: BTreeSet<Segments>,
    /// Every identifier in the code, outside of `use`.
    words: BTreeSet<String>,
}

/// The modules of a crate by their paths.
#[derive(Default)]
struct Modules(BTreeMap<Segments, Module>);

/// What a path leads to.
enum Target {
    Module(Segments),
    Item { file: String },
}

/// The graph over files given as (path below `src`, text).
pub(crate) fn import_graph<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> ImportGraph {
    let mut modules = Modules::default();
    for (file, text) in files {
        let tokens: TokenStream = text.parse().unwrap_or_else(|e| panic!("{file}: {e}"));
        modules.read(file, &module_of_file(file), tokens, true);
    }
    let mut graph = ImportGraph::new();
    for (path, module) in &modules.0 {
        let used = graph.entry(module.file.clone()).or_default();
        used.extend(modules.files_used_by(path, module));
        used.remove(&module.file);
    }
    graph
}

/// The sets of files that reach one another, each sorted.
pub(crate) fn circles(graph: &ImportGraph) -> Vec<Vec<String>> {
    let reachable: BTreeMap<&str, BTreeSet<&str>> = graph
        .keys()
        .map(|start| {
            let (mut seen, mut todo) = (BTreeSet::new(), vec![start.as_str()]);
            while let Some(file) = todo.pop() {
                for next in graph.get(file).into_iter().flatten() {
                    if seen.insert(next.as_str()) {
                        todo.push(next);
                    }
                }
            }
            (start.as_str(), seen)
        })
        .collect();
    let mut circles = BTreeSet::new();
    for (start, seen) in reachable.iter().filter(|(start, seen)| seen.contains(*start)) {
        let back = |file: &&&str| reachable.get(**file).is_some_and(|r| r.contains(start));
        circles.insert(seen.iter().filter(back).map(|file| (*file).to_owned()).collect());
    }
    circles.into_iter().collect()
}

/// `cli/video/mod.rs` and `cli/video.rs` are the module `cli::video`.
fn module_of_file(file: &str) -> Segments {
    let stem = file.strip_suffix(".rs").unwrap();
    let mut segments: Segments = stem.split('/').map(str::to_owned).collect();
    if ["mod", "lib"].contains(&segments.last().unwrap().as_str()) {
        segments.pop();
    }
    segments
}

fn is_punct(token: Option<&TokenTree>, wanted: char) -> bool {
    matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == wanted)
}

fn ident(token: Option<&TokenTree>) -> Option<String> {
    match token {
        Some(TokenTree::Ident(ident)) => Some(ident.to_string()),
        _ => None,
    }
}

fn group(token: Option<&TokenTree>, delimiter: Delimiter) -> Option<TokenStream> {
    match token {
        Some(TokenTree::Group(group)) if group.delimiter() == delimiter => Some(group.stream()),
        _ => None,
    }
}

/// The index behind the item that starts at `at`.
fn end_of_item(tokens: &[TokenTree], mut at: usize) -> usize {
    let mut ends_with_semicolon = false;
    while at < tokens.len() {
        let token = tokens.get(at);
        match ident(token).as_deref() {
            Some("fn" | "struct" | "impl" | "mod" | "enum") => ends_with_semicolon = false,
            Some("use" | "const" | "static" | "type" | "let") => ends_with_semicolon = true,
            _ => {}
        }
        at += 1;
        let is_body = group(token, Delimiter::Brace).is_some() && !ends_with_semicolon;
        if is_body || is_punct(token, ';') {
            break;
        }
    }
    at
}

/// The leaves of a `use` tree, as (name here, path, whether a glob).
fn leaves(tokens: &[TokenTree], prefix: &Segments, found: &mut Vec<(String, Segments, bool)>) {
    let mut path = prefix.clone();
    let mut alias = None;
    let mut at = 0;
    let mut finish = |path: &mut Segments, alias: &mut Option<String>| {
        if path.len() > prefix.len() {
            if path.last().unwrap() == "self" {
                path.pop();
            }
            let name = alias.take().unwrap_or_else(|| path.last().unwrap().clone());
            found.push((name, path.clone(), false));
        }
        path.clone_from(prefix);
    };
    let mut inner = Vec::new();
    while at < tokens.len() {
        let token = tokens.get(at);
        if is_punct(token, ',') {
            finish(&mut path, &mut alias);
        } else if is_punct(token, '*') {
            inner.push((path.join("::"), path.clone(), true));
            path.clone_from(prefix);
        } else if let Some(stream) = group(token, Delimiter::Brace) {
            let tokens: Vec<TokenTree> = stream.into_iter().collect();
            leaves(&tokens, &path, &mut inner);
            path.clone_from(prefix);
        } else if let Some(word) = ident(token) {
            if word == "as" {
                at += 1;
                alias = ident(tokens.get(at));
            } else {
                path.push(word);
            }
        }
        at += 1;
    }
    finish(&mut path, &mut alias);
    found.extend(inner);
}

impl Modules {
    /// Reads `tokens` into the module `path`. `at_top`: they are the module's own items.
    fn read(&mut self, file: &str, path: &Segments, tokens: TokenStream, at_top: bool) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let module = self.0.entry(path.clone()).or_default();
        file.clone_into(&mut module.file);
        let mut at = 0;
        while at < tokens.len() {
            let next = tokens.get(at + 1);
            let module = self.0.get_mut(path).unwrap();
            if is_punct(tokens.get(at), '#')
                && let Some(attribute) = group(next, Delimiter::Bracket)
            {
                let attribute = attribute.to_string().replace(' ', "");
                at += 2;
                if attribute.starts_with("cfg(test)") || attribute.starts_with("cfg(all(test") {
                    at = end_of_item(&tokens, at);
                }
                continue;
            }
            if let TokenTree::Group(group) = &tokens[at] {
                self.read(file, path, group.stream(), false);
                at += 1;
                continue;
            }
            let Some(word) = ident(tokens.get(at)) else {
                at += 1;
                continue;
            };
            if word == "use" && !is_punct(next, '<') {
                let end = end_of_item(&tokens, at);
                let before = at.checked_sub(1).and_then(|i| tokens.get(i));
                let is_reexport = ident(before).is_some_and(|word| word == "pub")
                    || group(before, Delimiter::Parenthesis).is_some();
                let mut found = Vec::new();
                leaves(&tokens[at + 1..end], &Segments::new(), &mut found);
                for (name, path, is_glob) in found {
                    module.imports.insert(name, Import { path, is_glob, is_reexport });
                }
                at = end;
                continue;
            }
            if let ("mod", Some(name), Some(body)) =
                (word.as_str(), ident(next), group(tokens.get(at + 2), Delimiter::Brace))
            {
                let inner = path.iter().cloned().chain([name]).collect();
                self.read(file, &inner, body, true);
                at += 3;
                continue;
            }
            let defines = ["fn", "struct", "enum", "trait", "type", "const", "static", "union"];
            if at_top && defines.contains(&word.as_str()) {
                module.items.extend(ident(next));
            }
            // The whole of `a::b::c`; a leading `::` names another crate.
            let is_tail = at > 0 && is_punct(tokens.get(at - 1), ':');
            let is_tail = is_tail && at > 1 && is_punct(tokens.get(at - 2), ':');
            module.words.insert(word.clone());
            let mut chain = vec![word];
            while is_punct(tokens.get(at + 1), ':')
                && is_punct(tokens.get(at + 2), ':')
                && let Some(word) = ident(tokens.get(at + 3))
            {
                chain.push(word);
                at += 3;
            }
            if chain.len() > 1 && !is_tail {
                module.paths.insert(chain);
            }
            at += 1;
        }
    }

    fn files_used_by(&self, path: &Segments, module: &Module) -> BTreeSet<String> {
        let imports = module.imports.iter().filter(|(name, import)| {
            !import.is_glob && (!import.is_reexport || module.words.contains(*name))
        });
        let targets = imports
            .map(|(_, import)| &import.path)
            .chain(&module.paths)
            .filter_map(|used| self.resolve(path, used, 0));
        targets
            .filter_map(|target| match target {
                Target::Item { file } => Some(file),
                Target::Module(_) => None,
            })
            .collect()
    }

    /// What `used` means inside the module `from`. `None` for what is not of this crate.
    fn resolve(&self, from: &Segments, used: &[String], depth: usize) -> Option<Target> {
        let (first, mut rest) = used.split_first()?;
        let mut at = from.clone();
        match first.as_str() {
            "crate" => at.clear(),
            "self" => {}
            "super" => {
                at.pop();
                while rest.first().is_some_and(|word| word == "super") {
                    at.pop();
                    rest = &rest[1..];
                }
            }
            _ => {
                rest = used;
                let module = self.0.get(&at)?;
                let is_child = self.0.contains_key(&child(&at, first));
                if !is_child && !module.imports.contains_key(first) {
                    return None;
                }
            }
        }
        self.descend(at, rest, depth)
    }

    fn descend(&self, mut at: Segments, rest: &[String], depth: usize) -> Option<Target> {
        if depth > 20 {
            return None;
        }
        for (i, segment) in rest.iter().enumerate() {
            let inner = child(&at, segment);
            if self.0.contains_key(&inner) {
                at = inner;
                continue;
            }
            let module = self.0.get(&at)?;
            if module.items.contains(segment) {
                return Some(Target::Item { file: module.file.clone() });
            }
            if let Some(import) = module.imports.get(segment).filter(|import| !import.is_glob) {
                return match self.resolve(&at, &import.path, depth + 1)? {
                    Target::Module(path) => self.descend(path, &rest[i + 1..], depth + 1),
                    item @ Target::Item { .. } => Some(item),
                };
            }
            let mut globs = module.imports.values().filter(|import| import.is_glob);
            return globs.find_map(|import| match self.resolve(&at, &import.path, depth + 1)? {
                Target::Module(path) => self.descend(path, &rest[i..], depth + 1),
                Target::Item { .. } => None,
            });
        }
        Some(Target::Module(at))
    }
}

fn child(path: &Segments, name: &str) -> Segments {
    path.iter().cloned().chain([name.to_owned()]).collect()
}
