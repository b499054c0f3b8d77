//! State of the window about metadata: what is open in it, and its keys.

use egui::{Context, Event, Key, LayerId, Modifiers, Order};

use super::rows::matching;
use super::table::TableState;
use super::target::Target;
use crate::session::{DocumentId, FileMetadata};

/// A tab of the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum MetadataTab {
    #[default]
    Summary,
    Provenance,
    Fields,
    Structure,
    Thumbnail,
    Reference,
}

impl MetadataTab {
    pub(super) const ALL: [Self; 6] = [
        Self::Summary,
        Self::Provenance,
        Self::Fields,
        Self::Structure,
        Self::Thumbnail,
        Self::Reference,
    ];

    pub(super) const fn label(self) -> &'static str {
        match self {
            Self::Summary => "Summary",
            Self::Provenance => "Provenance",
            Self::Fields => "Fields",
            Self::Structure => "Structure",
            Self::Thumbnail => "Thumbnail",
            Self::Reference => "Reference files",
        }
    }
}

/// What the rows of the table of fields follow from.
#[derive(PartialEq, Eq)]
struct RowsKey {
    document: DocumentId,
    version: u64,
    search: String,
    group: Option<String>,
}

/// What is open in the window about metadata.
#[derive(Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is set by a key or by the focus")]
pub(in crate::gui) struct MetadataUiState {
    pub(super) is_open: bool,
    pub(super) tab: MetadataTab,
    /// Keys go to this window: it was opened, clicked or reached with Tab last.
    has_focus: bool,
    /// The search field is to have the focus.
    pub(super) focuses_search: bool,
    /// The selected row is to be copied.
    pub(super) copies: bool,
    pub(super) search: String,
    /// The group of fields that is shown; `None` shows all.
    pub(super) group: Option<String>,
    pub(super) fields: TableState,
    pub(super) parts: TableState,
    /// Rules of contradictions that are switched off.
    pub(super) rules_off: Vec<&'static str>,
    /// What is shown: another reading has other rows.
    shown: Option<(DocumentId, u64)>,
    rows: Vec<u32>,
    rows_key: Option<RowsKey>,
    pub(super) part_rows: Vec<u32>,
}

impl MetadataUiState {
    /// Opens the window, or closes it.
    pub(in crate::gui) const fn toggle(&mut self) {
        self.is_open = !self.is_open;
        self.has_focus = self.is_open;
    }

    /// Takes the keys that are meant for this window, before anything else does.
    pub(in crate::gui) fn take_keys(&mut self, ctx: &Context) {
        if !self.is_open || !self.has_focus {
            return;
        }
        let is_typing = ctx.text_edit_focused();
        let has_selected_text = ctx
            .plugin_or_default::<egui::text_selection::LabelSelectionState>()
            .lock()
            .has_selection();
        let none = Modifiers::NONE;
        ctx.input_mut(|input| {
            if input.consume_key(Modifiers::COMMAND, Key::F) {
                (self.tab, self.focuses_search) = (MetadataTab::Fields, true);
            }
            let mut n = |key| input.count_and_consume_key(none, key) as isize;
            let steps = n(Key::ArrowDown) - n(Key::ArrowUp);
            let (mut tabs, mut ends) = (0, 0);
            if !is_typing {
                tabs = n(Key::ArrowRight) - n(Key::ArrowLeft);
                ends = n(Key::End) - n(Key::Home);
            }
            let steps = steps.saturating_add(ends.saturating_mul(1 << 30));
            match self.tab {
                MetadataTab::Fields => self.fields.steps = steps,
                MetadataTab::Structure => self.parts.steps = steps,
                _ => {}
            }
            let all = MetadataTab::ALL;
            let at = all.iter().position(|tab| *tab == self.tab).unwrap_or(0);
            self.tab = all[at.saturating_add_signed(tabs).min(all.len() - 1)];
            if !is_typing && !has_selected_text {
                let n_before = input.events.len();
                input.events.retain(|event| !matches!(event, Event::Copy));
                self.copies = input.events.len() < n_before;
            }
        });
    }

    /// Follows the focus. `layer`: the window as drawn in this frame.
    pub(super) fn follow_focus(&mut self, ctx: &Context, layer: LayerId) {
        if let Some(focused) = ctx.memory(egui::Memory::focused) {
            let response = ctx.read_response(focused);
            self.has_focus = response.is_some_and(|response| response.layer_id == layer);
            return;
        }
        let pressed =
            ctx.input(|i| i.pointer.any_pressed().then(|| i.pointer.interact_pos()).flatten());
        let Some(under) = pressed.and_then(|at| ctx.layer_id_at(at)) else { return };
        // A list of choices lies on a layer of its own, and says nothing about who has the keys.
        if under == layer || under.order <= Order::Middle {
            self.has_focus = under == layer;
        }
    }

    /// Another file or another reading is shown: rows of the last one mean nothing in it.
    pub(super) fn begin(&mut self, document: DocumentId, file: &FileMetadata) {
        let shown = Some((document, file.version));
        if self.shown != shown {
            self.shown = shown;
            (self.fields, self.parts) = (TableState::default(), TableState::default());
            let n = u32::try_from(file.facts.metadata.parts.len()).unwrap_or(u32::MAX);
            self.part_rows = (0..n).collect();
            let is_known =
                |group: &String| file.facts.groups.iter().any(|(known, _)| known == group);
            self.group = self.group.take().filter(is_known);
        }
    }

    /// The rows of the table of fields. Searched only when something changed.
    pub(super) fn rows(&mut self, document: DocumentId, file: &FileMetadata) -> &[u32] {
        let key = RowsKey {
            document,
            version: file.version,
            search: self.search.clone(),
            group: self.group.clone(),
        };
        if self.rows_key.as_ref() != Some(&key) {
            self.rows = matching(&file.facts, &key.search, key.group.as_deref());
            self.rows_key = Some(key);
        }
        &self.rows
    }

    /// Searches the fields for these words, in all groups.
    pub(super) fn search_for(&mut self, query: String) {
        self.tab = MetadataTab::Fields;
        (self.search, self.group) = (query, None);
    }

    /// Shows a place that a sentence names.
    pub(super) fn go_to(&mut self, target: Target) {
        match target {
            Target::Provenance => self.tab = MetadataTab::Provenance,
            Target::Part(at) => {
                self.tab = MetadataTab::Structure;
                self.parts.select(at);
            }
            Target::Field(at) => {
                self.tab = MetadataTab::Fields;
                self.search.clear();
                self.group = None;
                self.fields.select(at);
            }
        }
    }
}
