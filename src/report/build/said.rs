//! What a file says about itself, for the report.

use std::path::Path;

use crate::base::Limits;
use crate::metadata::{
    Credential, CredentialState, answers, contradictions, read_metadata, summary,
};
use crate::report::record::{AnswerRecord, CredentialRecord, StatementRecord};

/// What a file says about itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FileSays {
    /// At most seven sentences.
    pub statements: Vec<StatementRecord>,
    /// Contradictions between the fields.
    pub contradictions: Vec<StatementRecord>,
    /// What is known of its credential.
    pub credential: Option<CredentialRecord>,
    /// What could not be read.
    pub notes: Vec<String>,
    /// Fields that were read.
    pub n_fields: usize,
}

/// Reads the metadata of a file. A file that has none, or cannot be read, has a note.
pub fn file_says(path: &Path) -> FileSays {
    let metadata = match read_metadata(path, &Limits::default()) {
        Ok(metadata) => metadata,
        Err(error) => {
            return FileSays { notes: vec![error.to_string()], ..FileSays::default() };
        }
    };
    let statements = summary(&metadata, &[]).into_iter().map(|s| StatementRecord {
        about: s.about.to_owned(),
        text: s.text,
        from: s.fields,
    });
    let against = contradictions(&metadata, &[]).into_iter().map(|c| StatementRecord {
        about: c.rule.to_owned(),
        text: c.text,
        from: c.fields,
    });
    FileSays {
        statements: statements.collect(),
        contradictions: against.collect(),
        credential: credential(&metadata.credential),
        n_fields: metadata.fields.len(),
        notes: metadata.warnings.into_iter().map(|warning| warning.0).collect(),
    }
}

fn credential(credential: &Credential) -> Option<CredentialRecord> {
    if credential.state == CredentialState::Absent {
        return None;
    }
    let answer = |answer: crate::metadata::CredentialAnswer| AnswerRecord {
        question: answer.question.to_owned(),
        answer: answer.answer,
    };
    Some(CredentialRecord {
        answers: answers(credential).into_iter().map(answer).collect(),
        checks: credential.checks.clone(),
        lists: credential.lists.iter().map(|list| list.name.clone()).collect(),
    })
}
