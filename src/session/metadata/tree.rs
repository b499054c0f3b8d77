//! A credential as a tree: the file, what it was made from, and what that was made from.

use super::values::ProvenanceNode;
use crate::metadata::Credential;

/// Nodes that are kept.
const MAX_NODES: usize = 100;
/// How deep ingredients of ingredients go.
const MAX_DEPTH: u8 = 16;

/// The nodes, each behind the one it belongs to. The last manifest is about the file; manifests that
/// nothing refers to follow at the end.
pub(super) fn tree(credential: &Credential) -> Vec<ProvenanceNode> {
    let mut builder = TreeBuilder { credential, nodes: Vec::new(), path: Vec::new() };
    let last = credential.manifests.len().checked_sub(1);
    for at in last.into_iter().chain(0..last.unwrap_or(0)) {
        let is_known = builder.nodes.iter().any(|node| node.manifest == Some(at));
        if !is_known {
            let picture = credential.manifests.get(at).and_then(|manifest| manifest.picture);
            builder.add(ProvenanceNode {
                depth: 0,
                manifest: Some(at),
                ingredient: None,
                picture,
                is_cut: false,
            });
        }
    }
    builder.nodes
}

struct TreeBuilder<'a> {
    credential: &'a Credential,
    nodes: Vec<ProvenanceNode>,
    /// The manifests that enclose the node being added.
    path: Vec<usize>,
}

impl TreeBuilder<'_> {
    /// Adds a node, and what it was made from.
    fn add(&mut self, mut node: ProvenanceNode) {
        if self.nodes.len() >= MAX_NODES {
            if let Some(last) = self.nodes.last_mut() {
                last.is_cut = true;
            }
            return;
        }
        let manifest = node.manifest.and_then(|at| Some((at, self.credential.manifests.get(at)?)));
        let Some((at, manifest)) = manifest else { return self.nodes.push(node) };
        let is_circle = self.path.contains(&at);
        node.is_cut = !manifest.ingredients.is_empty() && (is_circle || node.depth >= MAX_DEPTH);
        self.nodes.push(node);
        if node.is_cut {
            return;
        }
        self.path.push(at);
        for (i, ingredient) in manifest.ingredients.iter().enumerate() {
            let is_own = |label: &String| {
                self.credential.manifests.iter().position(|known| known.label == *label)
            };
            let own = ingredient.manifest.as_ref().and_then(is_own);
            let own_picture = own.and_then(|at| self.credential.manifests.get(at)?.picture);
            self.add(ProvenanceNode {
                depth: node.depth + 1,
                manifest: own,
                ingredient: Some((at, i)),
                picture: ingredient.picture.or(own_picture),
                is_cut: false,
            });
        }
        self.path.pop();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metadata::{CheckResults, CredentialState, Ingredient, Manifest};

    /// Manifests `m0`, `m1`, … with ingredients that have these manifests.
    fn credential(ingredients: &[&[&str]]) -> Credential {
        let ingredient = |label: &&str| Ingredient {
            manifest: (!label.is_empty()).then(|| (*label).to_owned()),
            ..Ingredient::default()
        };
        let manifest = |(i, labels): (usize, &&[&str])| Manifest {
            label: format!("m{i}"),
            ingredients: labels.iter().map(ingredient).collect(),
            ..Manifest::default()
        };
        Credential {
            state: CredentialState::Unchecked,
            place: None,
            manifests: ingredients.iter().enumerate().map(manifest).collect(),
            signer: None,
            lists: Vec::new(),
            checks: Vec::new(),
            results: CheckResults::default(),
            pictures: Vec::new(),
        }
    }

    fn shape(ingredients: &[&[&str]]) -> String {
        let line = |node: &ProvenanceNode| {
            let name = node.manifest.map_or_else(|| "-".to_owned(), |at| at.to_string());
            let cut = if node.is_cut { "!" } else { "" };
            format!("{}{name}{cut}", " ".repeat(node.depth.into()))
        };
        let nodes = tree(&credential(ingredients));
        nodes.iter().map(line).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn ingredients_stand_below_what_was_made_from_them() {
        assert_eq!(shape(&[]), "");
        assert_eq!(shape(&[&[], &["", "unknown", "m0"]]), "1\n -\n -\n 0");
        assert_eq!(shape(&[&[], &["m0"], &["m1"]]), "2\n 1\n  0");
        assert_eq!(shape(&[&[], &[]]), "1\n0", "nothing refers to the first one");
    }

    #[test]
    fn circles_and_doubling_end() {
        assert_eq!(shape(&[&["m1"], &["m0"]]), "1\n 0\n  1!");
        assert_eq!(shape(&[&["m0"]]), "0\n 0!");
        let names: Vec<String> = (0..40).map(|i| format!("m{i}")).collect();
        let pairs: Vec<[&str; 2]> = names.iter().map(|name| [name.as_str(); 2]).collect();
        let mut doubled: Vec<&[&str]> = vec![&[]];
        doubled.extend(pairs.iter().map(|pair| &pair[..]));
        let nodes = tree(&credential(&doubled));
        assert_eq!(nodes.len(), MAX_NODES);
        assert!(nodes.iter().all(|node| node.depth <= MAX_DEPTH), "not too deep");
        assert!(nodes.last().unwrap().is_cut, "what is left out is said");
    }
}
