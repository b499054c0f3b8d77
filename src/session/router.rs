//! The session: hands commands, events and requests to the parts.

use std::path::PathBuf;
use std::sync::Arc;

use super::case::controller::CaseController;
use super::case::mask_state::SaveScope;
use super::case::view::CaseView;
use super::command::Command;
use super::document::documents::Closed;
use super::document::id::DocumentId;
use super::document::open::Document;
use super::examine::handler::MakeExaminer;
use super::examine::prepare;
use super::examine::queue::ExamineQueue;
use super::masks::command::MaskCommand;
use super::masks::editor::MaskEditor;
use super::metadata::reader::MetadataReader;
use super::output::writer::OutputWriter;
use super::preferences::store::Preferences;
use super::recovery::keeper::MaskKeeper;
use super::reports::maker::ReportMaker;
use super::reports::reader::ReportReader;
use super::request::Request;
use super::training::retraining::Training;
use super::video::playback::Playback;
use super::view::projection::View;
use super::view::values::ViewMode;
use super::worker::Wake;
use super::workspace::Workspace;
use crate::bundle::Library;

/// How to start a session.
pub struct SessionOptions {
    /// Makes the examiner, on the thread that examines, and another one should it crash.
    pub make_examiner: MakeExaminer,
    /// Called from any thread when there is something new to [`Session::poll`].
    pub wake: Wake,
    /// Where preferences are kept; `None` keeps none.
    pub config_folder: Option<PathBuf>,
    /// Where a person's own detectors are kept; `None` keeps none.
    pub library: Option<Library>,
    /// Where unsaved masks are kept for the case that the program is ended; `None` keeps none.
    pub recovery_folder: Option<PathBuf>,
}

/// The application without a window.
pub struct Session {
    workspace: Workspace,
    examine: ExamineQueue,
    masks: MaskEditor,
    video: Playback,
    case: CaseController,
    training: Training,
    output: OutputWriter,
    keeper: MaskKeeper,
    reports: ReportReader,
    report_maker: ReportMaker,
    metadata: MetadataReader,
    mode: ViewMode,
}

impl Session {
    /// Reads the preferences and starts the thread that examines.
    ///
    /// # Errors
    ///
    /// The system's reason when it has no thread.
    pub fn start(options: SessionOptions) -> std::io::Result<Self> {
        let SessionOptions { make_examiner, wake, config_folder, library, recovery_folder } =
            options;
        let (preferences, warnings) = Preferences::load(config_folder);
        let mut workspace = Workspace::new(preferences);
        for warning in warnings {
            workspace.notify(warning);
        }
        Ok(Self {
            workspace,
            examine: ExamineQueue::start(make_examiner, Arc::clone(&wake))?,
            masks: MaskEditor::new(Arc::clone(&wake)),
            video: Playback::new(Arc::clone(&wake)),
            case: CaseController::new(Arc::clone(&wake)),
            output: OutputWriter::new(Arc::clone(&wake)),
            reports: ReportReader::new(Arc::clone(&wake)),
            report_maker: ReportMaker::new(Arc::clone(&wake)),
            metadata: MetadataReader::new(Arc::clone(&wake)),
            keeper: MaskKeeper::start(recovery_folder, Arc::clone(&wake)),
            training: Training::new(wake, library),
            mode: ViewMode::default(),
        })
    }

    /// All there is to see.
    pub fn view(&self) -> View<'_> {
        let ws = &self.workspace;
        View {
            documents: ws.documents.list(),
            active: ws.documents.active_id(),
            mode: self.mode,
            settings: ws.preferences.settings(),
            recent: ws.preferences.recent(),
            reference: ws.reference.as_deref(),
            metadata_reference: ws.metadata_reference.as_deref(),
            job: self.examine.job_view(&ws.documents),
            model: ws.detector.as_deref(),
            foreign: ws.foreign.as_ref(),
            notices: ws.notices.list(),
            masks: self.masks.view(),
            case: self.case.open(),
            report: self.reports.shown(),
            report_making: self.report_maker.shown(),
            recovery: self.keeper.offer(),
            can_keep_unsaved: self.keeper.is_possible(),
            training: self.training.shown(),
            is_detector_changing: self.training.is_detector_changing(),
            style: ws.overlay_style(),
        }
    }

    /// Bounds the bytes of decoded pictures kept; the picture shown is kept in any case.
    pub fn keep_pictures(&mut self, bytes: usize) {
        self.workspace.documents.set_kept_picture_bytes(bytes);
    }

    /// Hands a command to its part, then saves what it has drawn. Never blocks.
    pub fn apply(&mut self, command: Command) {
        self.case.count_time(&self.workspace);
        let is_stroke_in_hand = matches!(
            &command,
            Command::Mask(
                MaskCommand::BeginStroke { .. }
                    | MaskCommand::ExtendStroke(_)
                    | MaskCommand::Press(_)
            )
        );
        let Self {
            workspace: ws,
            examine,
            masks,
            video,
            case,
            training,
            output,
            keeper,
            reports,
            report_maker,
            metadata,
            mode,
        } = self;
        match command {
            Command::Open(paths) => {
                ws.open(&paths);
            }
            Command::Select(id) => ws.show(id),
            Command::SelectNext(steps) => {
                let next = ws.documents.neighbor(steps);
                if let Some(id) = next {
                    ws.show(id);
                }
            }
            Command::Close(id) => self.ask_to_close(id),
            Command::SelectFace(face) => {
                ws.documents.active_mut().into_iter().for_each(|d| d.select_face(face));
            }
            Command::ExamineRegion(upright) => examine.examine_region(ws, &upright),
            Command::TestRobustness(face_idx) => examine.test_robustness(ws, face_idx),
            Command::TryDegraded(face_idx, what) => examine.try_degraded(ws, face_idx, what),
            Command::ExamineAgain(id) => {
                metadata.forget(ws, id);
                examine.examine_again(ws, id);
            }
            Command::ReadMetadata(id) => metadata.read(ws, id),
            Command::Report(command) => report_maker.command(ws, command),
            Command::AnswerForeign(is_trusted) => examine.answer_foreign(ws, is_trusted),
            Command::CompareMetadata(id) => metadata.compare(ws, id),
            Command::CompareMetadataWith(folder) => metadata.compare_with(ws, folder),
            Command::CompareWith(folder) => {
                examine.compare_with(ws, folder);
                metadata.forget_references(ws);
            }
            Command::Cancel => examine.cancel_all(ws),
            Command::PlayPause => video.play_pause(ws),
            Command::Pause => video.pause(ws),
            Command::Seek(frame) => video.go_to(ws, frame),
            Command::Step(frames) => video.step(ws, frames),
            Command::Skip(seconds) => video.skip(ws, seconds),
            Command::NextMoment(direction) => video.next_moment(ws, direction),
            Command::SetSpeed(speed) => video.set_speed(ws, speed),
            Command::ToggleLoop => video.toggle_loop(ws),
            Command::SetLoopRange(range) => video.set_loop_range(ws, range),
            Command::SelectTrack(track) => video.select_track(ws, track),
            Command::HoverThumbnail(frame) => video.hover_thumbnail(ws, frame),
            Command::Mask(command) => {
                if command.pauses_video() {
                    video.pause(ws);
                }
                masks.command(ws, command);
            }
            Command::Case(command) => case.command(ws, command),
            Command::SavePicture { path, caption } => output.save_picture(ws, path, caption),
            Command::Training(command) => training.command(ws, command),
            Command::SetMode(new) => *mode = new,
            Command::SetOpacity(opacity) => {
                ws.preferences.change(|s| s.opacity = opacity.clamp(0.0, 1.0));
            }
            Command::SetThreshold(threshold) => {
                ws.preferences.change(|s| s.threshold = threshold.map(|t| t.clamp(0.0, 1.0)));
                masks.follow_threshold(ws);
            }
            Command::SetColormap(colormap) => {
                ws.preferences.change(|s| s.colormap = colormap);
                prepare::recolor_residuals(&mut ws.documents, colormap);
            }
            Command::SetOverlayMode(mode) => ws.preferences.change(|s| s.overlay_mode = mode),
            Command::SetTheme(theme) => ws.preferences.change(|s| s.theme = theme),
            Command::KeepWindowSize(size) => {
                ws.preferences.change(|s| s.window_size = Some(size));
            }
            Command::ForgetRecent => ws.preferences.forget_recent(None),
            Command::ForgetRecentFile(path) => ws.preferences.forget_recent(Some(&path)),
            Command::Dismiss(id) => ws.notices.dismiss(id),
            Command::ShowReport { kind, program, models, file } => {
                let path = case.open().map(|case| case.path.clone());
                let (models, file) = (models.as_deref(), file.as_deref());
                reports.ask(ws, kind, program, [models, path.as_deref(), file]);
            }
            Command::Recover(choice) => keeper.choose(ws, choice),
            Command::KeepUnsavedAtEnd(keeps) => keeper.set_keeps_at_end(keeps),
            Command::DismissAll => ws.notices.dismiss_all(),
            Command::Notify(text) => ws.notify(text),
        }
        self.grant_requests();
        self.case.save_masks(&mut self.workspace, None, SaveScope::FinishedStrokes);
        if !is_stroke_in_hand {
            self.keep_unsaved();
        }
        self.start_work();
    }

    /// Keeps masks that are in no file and no case.
    fn keep_unsaved(&mut self) {
        let is_case_writable = self.case.open().is_some_and(CaseView::is_writable);
        self.keeper.keep(&mut self.workspace, is_case_writable);
    }

    /// Takes in what the threads have done; true when something changed. Never blocks.
    pub fn poll(&mut self) -> bool {
        let ws = &mut self.workspace;
        let mut has_changed = self.examine.poll(ws);
        has_changed |= self.video.poll(ws);
        self.grant_requests();
        let ws = &mut self.workspace;
        has_changed |= self.masks.poll(ws);
        has_changed |= self.training.poll(ws);
        has_changed |= self.output.poll(ws);
        has_changed |= self.case.poll(ws, self.masks.is_busy());
        has_changed |= self.keeper.poll(ws);
        has_changed |= self.reports.poll();
        has_changed |= self.report_maker.poll(ws);
        has_changed |= self.metadata.poll(ws);
        self.grant_requests();
        if has_changed {
            self.keep_unsaved();
        }
        self.start_work();
        has_changed | self.examine.poll_progress()
    }

    /// Grants what the parts ask of each other, in its order.
    fn grant_requests(&mut self) {
        while let Some(request) = self.workspace.next_request() {
            let Self { workspace: ws, examine, masks, video, case, output, .. } = self;
            match request {
                Request::Examine(id) => examine.examine(ws, id),
                Request::ExamineAgain(id) => examine.examine_again(ws, id),
                Request::PlaceMesh { document, picture, face } => {
                    examine.place_mesh(ws, document, picture, face);
                }
                Request::StopWork(id) => examine.stop_work_on(id),
                Request::StopQueueItem => examine.stop_queue_item(),
                Request::DocumentShown { document, is_new } => {
                    examine.document_shown(ws, document);
                    if is_new {
                        video.active_changed(ws);
                    }
                    ws.documents.drop_old_pictures();
                }
                Request::GoToFrame(frame) => video.go_to(ws, frame),
                Request::ClipOpened(id) => video.clip_opened(ws, id),
                Request::MakeFaceThumbnails(id) => video.make_face_thumbnails(ws, id),
                Request::FrameShown { key, is_new } => {
                    if is_new {
                        examine.stop_trials(key.0);
                    }
                    masks.see(ws, key);
                }
                Request::MeshPlaced { document, mesh } => masks.take_in_mesh(ws, document, mesh),
                Request::QueueItemExamined(result) => case.take_in_examination(ws, result),
                Request::ItemWatched { document, result } => {
                    case.take_in_full_pass(ws, document, result);
                }
                Request::SaveTable { path, csv } => output.save_table(ws, path, csv),
                Request::Close(id) => self.close(id),
            }
        }
    }

    /// Starts what waits.
    fn start_work(&mut self) {
        let Self { workspace: ws, examine, masks, case, .. } = self;
        examine.dispatch(ws, |ws| case.next_item(ws));
        if !examine.has_mesh_job() {
            masks.give_up_mesh(ws);
        }
        masks.send_jobs(ws);
        self.grant_requests();
    }

    /// Closes a document, after a question when masks of it are not saved.
    fn ask_to_close(&mut self, id: DocumentId) {
        let ws = &mut self.workspace;
        if self.case.closes_itself(ws, id) {
            return;
        }
        if ws.documents.get(id).map_or(0, Document::n_unsaved_masks) > 0 {
            ws.show(id);
            self.masks.ask_before_closing(id);
        } else {
            ws.request(Request::Close(id));
        }
    }

    fn close(&mut self, id: DocumentId) {
        self.case.before_close(id);
        self.metadata.stop(id);
        let ws = &mut self.workspace;
        let Closed::Shown { next } = ws.documents.close(id) else { return };
        if let Some(next) = next {
            ws.documents.show(next);
            ws.request(Request::DocumentShown { document: next, is_new: true });
        } else {
            self.video.active_changed(ws);
        }
    }
}

impl Drop for Session {
    /// What was drawn goes to its case; its thread is waited for.
    fn drop(&mut self) {
        self.case.save_before_leaving(&mut self.workspace);
        self.case.stop_work();
        self.examine.stop();
    }
}
