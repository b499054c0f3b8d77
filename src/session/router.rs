//! The session: applies commands, takes results in, keeps the view.
//!
//! * **In**: commands and events. **Out**: the view, jobs for the worker, texts for the saver.
//! * **Not here**: documents (`documents`), jobs of the worker (`dispatch`) and the work itself
//!   (`worker`, `examiner`), what results do to the view (`results`).

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::Arc;

use crate::bundle::Library;
use crate::session::case::desk::CaseDesk;
use crate::session::case::keep::Keep;
use crate::session::examine::prepare;
use crate::session::examine::queue::{Running, is_idle};
use crate::session::examine::worker::{Job, Task, Worker};
use crate::session::masks::commands::MaskDesk;
use crate::session::preferences::saver::Saver;
use crate::session::preferences::settings::{self, Loaded};
use crate::session::training::retraining::TrainingDesk;
use crate::session::video::playback::VideoDesk;
use crate::session::video::player::Player;
use crate::session::video::thumbnails::Thumbnailer;
use crate::session::{Command, Document, DocumentId, DocumentState, Examiner, Notice, View};

/// Bytes of decoded pictures kept for documents out of sight.
const KEPT_PICTURE_BYTES: usize = 768 << 20;
/// Events taken in by one poll, so that a frame is never late.
const MAX_EVENTS_PER_POLL: usize = 32;
/// Notices shown at a time.
const MAX_NOTICES: usize = 5;

/// How to start a session.
pub struct SessionOptions {
    /// Makes the examiner, on the worker thread, and another one should it crash.
    pub make_examiner: Box<dyn FnMut() -> Box<dyn Examiner> + Send>,
    /// Called from the worker thread when there is something new to [`Session::poll`].
    pub wake: Arc<dyn Fn() + Send + Sync>,
    /// Where preferences are kept; `None` keeps none.
    pub config_folder: Option<PathBuf>,
    /// Where a person's own detectors are kept; `None` keeps none.
    pub library: Option<Library>,
}

/// The application without a window.
pub struct Session {
    pub(in crate::session) view: View,
    pub(in crate::session) queue: VecDeque<Job>,
    pub(in crate::session) running: Option<Running>,
    pub(in crate::session) worker: Worker,
    pub(in crate::session) videos: VideoDesk,
    pub(in crate::session) masks: MaskDesk,
    pub(in crate::session) training: TrainingDesk,
    pub(in crate::session) case: CaseDesk,
    saver: Option<Saver>,
    config_folder: Option<PathBuf>,
    settings_table: toml::Table,
    pub(in crate::session) next_id: u64,
    /// Documents in the order in which they were last shown, newest last.
    pub(in crate::session) shown_order: Vec<DocumentId>,
    pub(in crate::session) kept_picture_bytes: usize,
}

impl Session {
    /// Reads the preferences and starts the worker thread.
    ///
    /// # Errors
    ///
    /// What the system says when it gives no thread.
    pub fn start(options: SessionOptions) -> std::io::Result<Self> {
        let SessionOptions { make_examiner, wake, config_folder, library } = options;
        let loaded = config_folder.as_deref().map(settings::load).unwrap_or_default();
        let Loaded { settings, recent, table, warnings } = loaded;
        let mut session = Self {
            view: View { settings, recent, ..View::default() },
            queue: VecDeque::new(),
            running: None,
            worker: Worker::start(make_examiner, Arc::clone(&wake))?,
            videos: VideoDesk::new(Arc::clone(&wake)),
            training: TrainingDesk::new(Arc::clone(&wake), library),
            case: CaseDesk::new(Arc::clone(&wake)),
            masks: MaskDesk::new(wake),
            saver: config_folder.is_some().then(Saver::start),
            config_folder,
            settings_table: table,
            next_id: 0,
            shown_order: Vec::new(),
            kept_picture_bytes: KEPT_PICTURE_BYTES,
        };
        for warning in warnings {
            session.notify(warning);
        }
        Ok(session)
    }

    /// All there is to see.
    pub const fn view(&self) -> &View {
        &self.view
    }

    /// Bounds the bytes of decoded pictures kept; the picture shown is kept in any case.
    pub fn keep_pictures(&mut self, bytes: usize) {
        self.kept_picture_bytes = bytes;
        self.put_pictures_away();
    }

    /// Does what a person wishes. Never blocks.
    pub fn apply(&mut self, command: Command) {
        self.count_time();
        match command {
            Command::Open(paths) => self.open(paths),
            Command::Select(id) => {
                self.case.leaving.remove(&id);
                self.select(id);
            }
            Command::SelectNext(steps) => {
                self.select_next(steps);
                self.case.leaving.retain(|id| Some(*id) != self.view.active);
            }
            Command::Close(id) => self.close(id),
            Command::SelectFace(face) => {
                if let Some(document) = self.active_mut() {
                    document.selected_face = face.filter(|i| *i < document.faces.len());
                    let selected = document.selected_face;
                    if let Some(video) = &mut document.video {
                        let face = selected.and_then(|i| document.faces.get(i));
                        video.selected_track = face.and_then(|face| face.track);
                    }
                    let others = document.faces.iter_mut().enumerate();
                    others.filter(|(i, _)| Some(*i) != selected).for_each(|(_, face)| {
                        face.robustness.trial = None;
                    });
                }
            }
            Command::ExamineRegion(upright) => self.examine_region(&upright),
            Command::TestRobustness(face_idx) => self.test_robustness(face_idx),
            Command::TryDegraded(face_idx, degradation) => self.try_degraded(face_idx, degradation),
            Command::ExamineAgain(id) => self.examine_again(id),
            Command::Cancel => self.cancel_all(),
            Command::PlayPause => self.play_pause(),
            Command::Pause => self.pause(),
            Command::Seek(frame) => self.go_to(frame),
            Command::Step(frames) => self.step(frames),
            Command::Skip(seconds) => self.skip(seconds),
            Command::NextMoment(direction) => self.next_moment(direction),
            Command::SetSpeed(speed) => self.set_speed(speed),
            Command::ToggleLoop => self.toggle_loop(),
            Command::SetLoopRange(range) => self.set_loop_range(range),
            Command::SelectTrack(track) => self.select_track(track),
            Command::HoverThumbnail(frame) => self.hover_thumbnail(frame),
            Command::Mask(command) => self.mask_command(command),
            Command::Case(command) => self.case_command(command),
            Command::Training(command) => self.training_command(command),
            Command::SetMode(mode) => self.view.mode = mode,
            Command::SetOpacity(opacity) => {
                self.view.settings.opacity = opacity.clamp(0.0, 1.0);
                self.save_settings();
            }
            Command::SetThreshold(threshold) => {
                self.view.settings.threshold = threshold.map(|t| t.clamp(0.0, 1.0));
                self.follow_threshold();
                self.save_settings();
            }
            Command::SetColormap(colormap) => {
                self.view.settings.colormap = colormap;
                self.recolor_residuals();
                self.save_settings();
            }
            Command::SetOverlayMode(mode) => {
                self.view.settings.overlay_mode = mode;
                self.save_settings();
            }
            Command::SetTheme(theme) => {
                self.view.settings.theme = theme;
                self.save_settings();
            }
            Command::ForgetRecent => {
                self.view.recent.clear();
                self.save_recent();
            }
            Command::ForgetRecentFile(path) => {
                self.view.recent.retain(|old| *old != path);
                self.save_recent();
            }
            Command::Dismiss(id) => self.view.notices.retain(|notice| notice.id != id),
            Command::Notify(text) => self.notify(text),
        }
        self.keep_masks(Keep::Strokes);
        self.refresh_marks();
        self.dispatch();
    }

    /// Takes in what the worker has done; true when the view has changed. Never blocks.
    pub fn poll(&mut self) -> bool {
        let mut changed = false;
        for _ in 0..MAX_EVENTS_PER_POLL {
            let Some(event) = self.worker.next_event() else { break };
            self.take_in(event);
            changed = true;
        }
        if let Some(news) = self.videos.player.as_ref().and_then(Player::take) {
            self.take_in_news(news);
            changed = true;
        }
        let made = self.videos.thumbnailer.as_ref().map(Thumbnailer::take).unwrap_or_default();
        for made in made {
            self.take_in_thumbnail(made);
            changed = true;
        }
        changed |= self.poll_masks();
        changed |= self.poll_training();
        changed |= self.poll_case();
        self.refresh_marks();
        self.dispatch();
        let progress = self.worker.progress();
        if let Some(job) = &mut self.view.job
            && job.progress != progress
        {
            job.progress = progress;
            changed = true;
        }
        changed
    }

    pub(in crate::session) fn document(&self, id: DocumentId) -> Option<&Document> {
        self.view.documents.iter().find(|d| d.id == id)
    }

    pub(in crate::session) fn document_mut(&mut self, id: DocumentId) -> Option<&mut Document> {
        self.view.documents.iter_mut().find(|d| d.id == id)
    }

    pub(in crate::session) fn active_mut(&mut self) -> Option<&mut Document> {
        self.view.active.and_then(|id| self.document_mut(id))
    }

    pub(in crate::session) fn notify(&mut self, text: String) {
        if self.view.notices.iter().any(|notice| notice.text == text) {
            return;
        }
        self.next_id += 1;
        self.view.notices.push(Notice { id: self.next_id, text });
        let surplus = self.view.notices.len().saturating_sub(MAX_NOTICES);
        self.view.notices.drain(..surplus);
    }

    fn examine_region(&mut self, upright: &crate::base::Rect) {
        let Some(document) = self.view.document() else { return };
        let (id, Some(picture)) = (document.id, document.picture.clone()) else { return };
        let frame = document.video.as_ref().and_then(|video| video.shown);
        if !picture.is_exact() {
            let what = "The frame is not there in full yet: pause the video and draw once more.";
            return self.notify(what.to_owned());
        }
        let region = picture.frame.image_from_upright().apply_rect(upright);
        self.enqueue(id, Task::Region { picture, region, frame });
    }

    pub(in crate::session) fn examine_again(&mut self, id: DocumentId) {
        let Some(document) = self.document_mut(id) else { return };
        if is_idle(document) {
            document.state = DocumentState::Waiting;
            self.enqueue(id, Task::Examine);
        }
    }

    fn recolor_residuals(&mut self) {
        let colormap = self.view.settings.colormap;
        for face in self.view.documents.iter_mut().flat_map(|d| &mut d.faces) {
            if let (Some(patch), Some(known)) = (&mut face.patch, &face.finding.reconstruction) {
                patch.residual = prepare::residual(known, colormap);
            }
        }
    }

    pub(in crate::session) fn save_settings(&self) {
        if let (Some(saver), Some(folder)) = (&self.saver, &self.config_folder) {
            let text = settings::settings_text(&self.view.settings, &self.settings_table);
            saver.save(settings::settings_path(folder), text);
        }
    }

    pub(in crate::session) fn save_recent(&self) {
        if let (Some(saver), Some(folder)) = (&self.saver, &self.config_folder) {
            saver.save(settings::recent_path(folder), settings::recent_text(&self.view.recent));
        }
    }
}

impl Drop for Session {
    /// What was drawn goes to its case; its thread is waited for.
    fn drop(&mut self) {
        self.end_stroke();
        self.keep_masks(Keep::All);
        self.keep_time();
        self.case.stop();
        if let Some(running) = &self.running {
            running.cancel.cancel();
        }
    }
}
