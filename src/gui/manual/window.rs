//! The window of the manual: contents at the left, search above, a page or the hits beside.

use egui::{CentralPanel, Context, Frame, Panel, RichText, ScrollArea, TextEdit, Ui};

use super::book::{self, Page};
use super::link::Link;
use super::page::{PageOptions, page_ui};
use super::parse::{ManualBlock, plain};
use super::search::{self, Hit, Spot};
use crate::gui::widgets::floating;
use crate::gui::widgets::floating::Opens;

/// Size of the window, points.
const SIZE: egui::Vec2 = egui::vec2(940.0, 700.0);
/// Width of the contents, points.
const CONTENTS: f32 = 190.0;
/// Hits that are listed at most.
const MAX_HITS: usize = 200;

/// What is open in the manual.
#[derive(Default)]
pub(in crate::gui) struct Manual {
    is_open: bool,
    page: usize,
    /// Hits are shown instead of the page.
    shows_hits: bool,
    query: String,
    hits: Vec<Hit>,
    /// Block and row of the page to scroll to in the next frame.
    scroll_to: Option<(usize, usize)>,
    /// Pages shown before, the last one last.
    history: Vec<usize>,
}

impl Manual {
    /// Opens the manual, or closes it.
    pub(in crate::gui) const fn toggle(&mut self) {
        self.is_open = !self.is_open;
    }

    /// Shows the window while the manual is open.
    pub(in crate::gui) fn ui(&mut self, ctx: &Context) {
        if !self.is_open {
            return;
        }
        let mut is_open = true;
        floating::window(ctx, "Manual", SIZE, Opens::Middle, &mut is_open)
            .show(ctx, |ui| self.content_ui(ui));
        self.is_open = is_open;
    }

    fn content_ui(&mut self, ui: &mut Ui) {
        let frame = Frame::new().inner_margin(4);
        Panel::top("manual search").frame(frame).show(ui, |ui| self.search_ui(ui));
        Panel::left("manual contents").frame(frame).exact_size(CONTENTS).resizable(false).show(
            ui,
            |ui| {
                ScrollArea::vertical().id_salt("contents").auto_shrink(false).show(ui, |ui| {
                    self.contents_ui(ui);
                });
            },
        );
        let frame =
            Frame::new().inner_margin(egui::Margin { left: 12, right: 4, top: 4, bottom: 4 });
        CentralPanel::default().frame(frame).show(ui, |ui| {
            // Every page keeps the place to which it was scrolled.
            let salt = (self.page, self.shows_hits);
            ScrollArea::vertical()
                .id_salt(salt)
                .auto_shrink(false)
                .show(ui, |ui| if self.shows_hits { self.hits_ui(ui) } else { self.page_ui(ui) });
        });
    }

    fn search_ui(&mut self, ui: &mut Ui) {
        ui.horizontal(|ui| {
            let can_go_back = self.shows_hits || !self.history.is_empty();
            if ui.add_enabled(can_go_back, egui::Button::new("Back")).clicked() {
                self.back();
            }
            let label = ui.label("Search");
            let edit = TextEdit::singleline(&mut self.query)
                .hint_text("words in all pages")
                .desired_width(260.0);
            let response = ui.add(edit).labelled_by(label.id);
            if response.changed() {
                self.hits = search::find(book::pages(), &self.query);
                self.shows_hits = !self.query.trim().is_empty();
            }
            let has_hits = !self.query.trim().is_empty();
            if has_hits {
                let n = self.hits.len();
                let text = if n == 1 { "1 hit".to_owned() } else { format!("{n} hits") };
                if ui.selectable_label(self.shows_hits, text).clicked() {
                    self.shows_hits = true;
                }
                if ui.button("Clear").clicked() {
                    self.query.clear();
                    self.hits.clear();
                    self.shows_hits = false;
                }
            }
        });
    }

    fn contents_ui(&mut self, ui: &mut Ui) {
        for (i, page) in book::pages().iter().enumerate() {
            let is_shown = i == self.page && !self.shows_hits;
            if ui.selectable_label(is_shown, &page.title).clicked() {
                self.open(Spot { page: i, block: 0, row: 0 });
            }
            if i == self.page {
                self.headings_ui(ui, i, page);
            }
        }
    }

    /// The sections of the page shown.
    fn headings_ui(&mut self, ui: &mut Ui, number: usize, page: &Page) {
        for (block, heading) in page.blocks.iter().enumerate() {
            let ManualBlock::Heading { level: 2, text, .. } = heading else { continue };
            let margin = egui::Margin { left: 14, ..egui::Margin::ZERO };
            Frame::new().inner_margin(margin).show(ui, |ui| {
                ui.spacing_mut().interact_size.y = 0.0;
                let text = RichText::new(plain(text)).size(12.5);
                if ui.add(egui::Link::new(text)).clicked() {
                    self.open(Spot { page: number, block, row: 0 });
                }
            });
        }
    }

    fn hits_ui(&mut self, ui: &mut Ui) {
        if self.hits.is_empty() {
            ui.label("No line of the manual holds all these words.");
        }
        let mut chosen = None;
        let mut page = usize::MAX;
        for hit in self.hits.iter().take(MAX_HITS) {
            if hit.spot.page != page {
                page = hit.spot.page;
                ui.add_space(8.0);
                ui.strong(&book::pages()[page].title);
            }
            if ui.link(&hit.line).clicked() {
                chosen = Some(hit.spot);
            }
        }
        if self.hits.len() > MAX_HITS {
            ui.weak(format!("{} more; add a word.", self.hits.len() - MAX_HITS));
        }
        if let Some(spot) = chosen {
            self.open(spot);
        }
    }

    fn page_ui(&mut self, ui: &mut Ui) {
        let page = &book::pages()[self.page];
        let terms = search::terms(&self.query);
        let options = PageOptions { terms: &terms, scroll_to: self.scroll_to.take() };
        if options.scroll_to.is_some() {
            // The place is reached in the frame after this one.
            ui.ctx().request_repaint();
        }
        if let Some(link) = page_ui(ui, page, &options) {
            self.follow(link);
        }
    }

    /// Opens a page at a place.
    fn open(&mut self, spot: Spot) {
        if spot.page != self.page {
            self.history.push(self.page);
        }
        self.page = spot.page;
        self.shows_hits = false;
        self.scroll_to = Some((spot.block, spot.row));
    }

    fn back(&mut self) {
        if self.shows_hits {
            self.shows_hits = false;
        } else if let Some(page) = self.history.pop() {
            self.page = page;
        }
    }

    /// Opens the page that a link names, at its heading.
    fn follow(&mut self, link: &Link) {
        let Link::File { path, anchor } = link else { return };
        let Some(number) = book::page_at(path) else { return };
        let is_heading = |block: &ManualBlock| matches!(block, ManualBlock::Heading { anchor: at, .. } if Some(at) == anchor.as_ref());
        let block = book::pages()[number].blocks.iter().position(is_heading).unwrap_or(0);
        self.open(Spot { page: number, block, row: 0 });
    }
}
