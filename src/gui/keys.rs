//! Carries out the actions of keys.

use super::actions::{Action, CaseAction, MaskAction};
use super::app::App;
use super::canvas::{Drawing, Request};
use super::case_state::FormKind;
use super::panels;
use super::requests::WindowRequest;
use crate::case::ItemState;
use crate::gpu::MaskMode;
use crate::session::{CaseCommand, Command, MaskCommand, View};
use crate::signal::{Colormap, OverlayMode};

/// How far a key moves the divider, as a share of the width.
const SPLIT_STEP: f32 = 0.02;

impl App {
    /// Carries out an action: as commands, requests or changes of the window.
    pub(super) fn act(
        &mut self,
        action: Action,
        requests: &mut Vec<WindowRequest>,
        out: &mut Vec<Command>,
    ) {
        let view = &self.session.view();
        let style = view.style;
        match action {
            Action::OpenFiles => requests.push(WindowRequest::OpenFiles),
            Action::CloseFile => out.extend(view.active.map(Command::Close)),
            Action::CopyResult => requests.push(WindowRequest::CopyResult),
            Action::SavePicture => requests.push(WindowRequest::SavePicture),
            Action::StepFile(steps) => out.push(step_file(view, steps)),
            Action::StepFace(steps) => out.extend(step_face(view, steps)),
            Action::SetMode(mode) => out.push(Command::SetMode(mode)),
            Action::ToggleSplit => {
                self.canvas.split = if self.canvas.split.is_some() { None } else { Some(0.5) };
            }
            Action::ToggleLoupe => self.canvas.has_loupe = !self.canvas.has_loupe,
            Action::Bracket { is_right } => {
                if view.masks.is_editing {
                    self.canvas.mask.resize(is_right);
                } else if let Some(at) = &mut self.canvas.split {
                    let by = if is_right { SPLIT_STEP } else { -SPLIT_STEP };
                    *at = (*at + by).clamp(0.0, 1.0);
                }
            }
            Action::DrawRegion => {
                let can = view.document().is_some_and(|d| d.picture.is_some());
                let starts = can && self.canvas.drawing.is_none();
                if starts {
                    // A region is drawn in a frame that stays.
                    out.push(Command::Pause);
                }
                self.canvas.drawing = starts.then(Drawing::default);
            }
            Action::Fit => self.canvas.cameras.request(Request::Fit),
            Action::ActualSize => self.canvas.cameras.request(Request::ActualSize),
            Action::ZoomToFace => {
                let face = view.document().and_then(|d| d.faces.get(d.selected_face?));
                if let Some(face) = face {
                    self.canvas.cameras.request(Request::Show(face.upright_box));
                }
            }
            Action::Zoom(by) => self.canvas.cameras.request(Request::ZoomBy(by)),
            Action::Opacity(by) => out.push(Command::SetOpacity(style.opacity + by)),
            Action::Threshold(by) => out.push(Command::SetThreshold(Some(style.threshold + by))),
            Action::StepColormap(steps) => {
                out.push(Command::SetColormap(step(&Colormap::ALL, style.colormap, steps)));
            }
            Action::StepOverlayMode => {
                out.push(Command::SetOverlayMode(step(&OverlayMode::ALL, style.mode, 1)));
            }
            Action::ToggleTheme => requests.push(WindowRequest::ToggleTheme),
            Action::Stop => out.push(Command::Cancel),
            Action::PlayPause => out.push(Command::PlayPause),
            Action::StepFrame(frames) => out.push(Command::Step(frames)),
            Action::Skip(seconds) => out.push(Command::Skip(seconds)),
            Action::ToStart => out.push(Command::Seek(0)),
            Action::ToEnd => out.push(Command::Seek(usize::MAX)),
            Action::NextMoment(direction) => out.push(Command::NextMoment(direction)),
            Action::StepSpeed(steps) => {
                let video = view.document().and_then(|d| d.video.as_ref());
                out.extend(video.map(|video| step_speed(video.speed, steps)));
            }
            Action::ToggleLoop => out.push(Command::ToggleLoop),
            Action::ToggleShortcuts => requests.push(WindowRequest::ShowShortcuts),
            Action::ToggleManual => requests.push(WindowRequest::ToggleManual),
            Action::ToggleMetadata => requests.push(WindowRequest::ToggleMetadata),
            Action::EditMask => {
                let can = view.document().is_some_and(|d| d.picture.is_some());
                let starts = can && !view.masks.is_editing;
                self.canvas.drawing = None;
                out.push(Command::Mask(MaskCommand::Edit(starts)));
            }
            Action::Mask(action) => self.act_on_mask(action, out),
            Action::Case(action) => self.act_on_case(action, requests, out),
        }
    }

    /// Actions of the mask editor; ignored while no mask is edited.
    fn act_on_mask(&mut self, action: MaskAction, out: &mut Vec<Command>) {
        let view = &self.session.view();
        let Some(document) = view.document().filter(|_| view.masks.is_editing) else { return };
        let tools = &mut self.canvas.mask;
        let step = |up: bool| if up { 1 } else { -1 };
        let command = match action {
            MaskAction::Choose(tool) => return tools.choose(tool),
            MaskAction::Resize { larger } => return tools.resize(larger),
            MaskAction::Harden { more } => {
                let hardness = tools.brush.hardness + step(more) as f32 * 0.1;
                tools.brush.hardness = hardness.clamp(0.0, 1.0);
                return;
            }
            MaskAction::Tolerate { more } => {
                tools.tolerate(step(more) * 4);
                tools.again()
            }
            MaskAction::Tint { more } => {
                tools.tint = (tools.tint + step(more) as f32 * 0.1).clamp(0.0, 1.0);
                return;
            }
            MaskAction::ToggleTakeAway => {
                tools.takes_away = !tools.takes_away;
                return;
            }
            MaskAction::StepLayer => {
                tools.layer = match tools.layer {
                    MaskMode::ByHand => MaskMode::ByModel,
                    MaskMode::ByModel => MaskMode::Difference,
                    MaskMode::Difference => MaskMode::ByHand,
                };
                return;
            }
            MaskAction::Save | MaskAction::Load => {
                tools.path_form = panels::path_form(document, action == MaskAction::Load);
                return;
            }
            MaskAction::Undo => MaskCommand::Undo,
            MaskAction::Redo => MaskCommand::Redo,
            MaskAction::AcceptMap => MaskCommand::AcceptMap,
            MaskAction::FacePart(part) => {
                MaskCommand::FacePart { part, change: tools.change(false) }
            }
            MaskAction::FillHoles => MaskCommand::FillHoles,
            MaskAction::RemoveIslands => MaskCommand::RemoveIslands(tools.islands_px),
            MaskAction::Grow => MaskCommand::Grow(tools.grow_px as i32),
            MaskAction::Shrink => MaskCommand::Grow(-(tools.grow_px as i32)),
            MaskAction::Invert => MaskCommand::Invert,
            MaskAction::Clear => MaskCommand::Clear,
            MaskAction::CopyToNextFrame => MaskCommand::CopyToNextFrame,
            MaskAction::Follow => tools.follow(),
            MaskAction::NextUnreviewed(direction) => MaskCommand::NextUnreviewed(direction),
            MaskAction::Accept => MaskCommand::Accept,
            MaskAction::SaveAll => MaskCommand::SaveAll,
            MaskAction::AcceptSeen => MaskCommand::AcceptSeen,
            MaskAction::Reject => MaskCommand::Reject,
        };
        out.push(Command::Mask(command));
    }

    /// Actions of the queue; ignored while no case is open.
    fn act_on_case(
        &mut self,
        action: CaseAction,
        requests: &mut Vec<WindowRequest>,
        out: &mut Vec<Command>,
    ) {
        let view = &self.session.view();
        if action == CaseAction::Open {
            requests.push(WindowRequest::ShowForm(FormKind::Open));
        }
        let Some(case) = &view.case else { return };
        let command = match action {
            CaseAction::Open => return,
            CaseAction::Export => return requests.push(WindowRequest::ShowForm(FormKind::Export)),
            CaseAction::Retrain => return requests.push(WindowRequest::ToggleTraining),
            CaseAction::Compare => return requests.push(WindowRequest::CompareReaders),
            CaseAction::Search => return self.case.go_to_search(),
            CaseAction::Findings => return requests.push(WindowRequest::ToggleFindings),
            CaseAction::Done => CaseCommand::Mark(ItemState::Done),
            CaseAction::Skip => CaseCommand::Mark(ItemState::Skipped),
            CaseAction::ToDo => CaseCommand::Mark(ItemState::ToDo),
            CaseAction::Survey => CaseCommand::Survey(!case.is_surveying),
            CaseAction::Rank => self.case.rank(case),
            CaseAction::Blind => CaseCommand::ReadBlind(!case.is_blind),
            CaseAction::Agree => {
                let has_agreed = view.document().is_some_and(|shown| case.has_agreed(shown));
                CaseCommand::Review(!has_agreed)
            }
        };
        out.push(Command::Case(command));
    }
}

/// The next file; with a case open, the next item to do.
fn step_file(view: &View<'_>, steps: i32) -> Command {
    let is_in_queue = view.document().is_none_or(|document| document.item.is_some());
    match &view.case {
        Some(_) if is_in_queue => Command::Case(CaseCommand::TakeNext(steps)),
        _ => Command::SelectNext(steps),
    }
}

/// The face `steps` further, wrapping around.
fn step_face(view: &View<'_>, steps: i32) -> Option<Command> {
    let document = view.document()?;
    if let Some(video) = &document.video {
        let ids: Vec<u32> = video.tracks.iter().map(|track| track.id).collect();
        let at = video.selected_track.and_then(|id| ids.iter().position(|other| *other == id));
        let from = at.map_or(if steps > 0 { -1 } else { 0 }, |i| i as i64);
        let n = ids.len() as i64;
        return (n > 0).then(|| {
            Command::SelectTrack(Some(ids[(from + i64::from(steps)).rem_euclid(n) as usize]))
        });
    }
    let n = document.faces.len() as i64;
    let from = document.selected_face.map_or(if steps > 0 { -1 } else { 0 }, |i| i as i64);
    (n > 0).then(|| Command::SelectFace(Some((from + i64::from(steps)).rem_euclid(n) as usize)))
}

/// The next faster or slower speed, clamped.
fn step_speed(speed: f32, steps: i32) -> Command {
    let at = panels::SPEEDS.iter().position(|s| *s >= speed).unwrap_or(panels::SPEEDS.len() - 1);
    let to = at.saturating_add_signed(steps as isize).min(panels::SPEEDS.len() - 1);
    Command::SetSpeed(panels::SPEEDS[to])
}

/// The choice `steps` further, wrapping around.
fn step<T: Copy + PartialEq>(all: &[T], current: T, steps: i32) -> T {
    let n = all.len() as i64;
    let at = all.iter().position(|choice| *choice == current).unwrap_or(0) as i64;
    all[(at + i64::from(steps)).rem_euclid(n.max(1)) as usize]
}
