//! Experiments: rows are trained, measured, kept and not done again.

use std::path::Path;

use pentimento::base::{Cancel, Progress, TaskCtx};
use pentimento::infer::Engine;
use pentimento::train::Error;
use pentimento::train::data::Photo;
use pentimento::train::experiment::cue::Cue;
use pentimento::train::experiment::design::Design;
use pentimento::train::experiment::record::{self, Record};
use pentimento::train::experiment::report::{About, render};
use pentimento::train::experiment::run::{Dev, Experiment, Figures};
use pentimento::train::experiment::setup::{Photos, Setup};
use pentimento::train::experiment::table::{BLIND, Row};
use pentimento::train::experiment::test_set::TestPlan;
use pentimento::train::experiment::{active, blur_budget, table};
use pentimento::train::game::GameForm;
use pentimento::train::net::HeadForm;
use pentimento::train::select::Criterion;

use crate::support::rten;
use crate::train::fit::{my_turn, photos};

fn setup() -> Setup {
    Setup {
        pool: 6,
        pairs: 2,
        steps_one: 1,
        steps_two: 1,
        test: TestPlan { px: 32, pairs: 2, quality_pairs: 1, h264: false },
        validation_pairs: 1,
        game_rate: 1e-3,
        design: Design::Tasks,
        head: HeadForm::Conv,
        imagenet: None,
    }
}

struct Inputs<'a> {
    setup: Setup,
    photos: &'a [Photo],
    engine: &'a Engine,
    folder: &'a Path,
}

impl Inputs<'_> {
    fn experiment<'b>(&'b self, dev: Option<&'b Dev<'b>>) -> Experiment<'b> {
        let photos = Photos { train: self.photos, validation: self.photos, test: self.photos };
        let stamp = ("abc".to_owned(), "2026-01-02".to_owned());
        Experiment::new(&self.setup, photos, self.engine, self.folder, dev, stamp).unwrap()
    }
}

fn words(records: &[Record]) -> Vec<&str> {
    records.iter().map(|r| r.row.as_str()).collect()
}

#[test]
fn rows_are_trained_once_and_a_page_is_made_of_them() {
    let _turn = my_turn();
    let folder = tempfile::tempdir().unwrap();
    let photos = photos(folder.path(), 4);
    let engine = rten();
    let run = folder.path().join("run");
    let inputs = Inputs { setup: setup(), photos: &photos, engine: &engine, folder: &run };
    let results = run.join("results.jsonl");
    let rows = [
        Row::Base,
        Row::Game(GameForm::RandomBlur),
        Row::Locality(100),
        Row::Game(GameForm::TwoGenerators),
    ];
    let dev = |models: &Path| -> Result<Figures, Error> {
        assert!(models.join("row/model.onnx").is_file(), "there is a bundle to measure");
        Ok(Figures::from([("s".to_owned(), [("auc".to_owned(), 0.5)].into())]))
    };

    // Cancelled while the second row trains: the first is kept, and the rest is done later.
    let cancel = Cancel::default();
    let stop = |_: Progress| {
        if record::read(&results).is_ok_and(|r| r.len() > 1) {
            cancel.cancel();
        }
    };
    let ctx = TaskCtx { cancel: cancel.clone(), on_progress: &stop };
    table::measure_blind(&mut inputs.experiment(None), &results, &ctx).unwrap();
    let stopped = table::run(&mut inputs.experiment(Some(&dev)), &[1], &rows, &results, &ctx);
    assert!(matches!(stopped, Err(Error::Cancelled(_))), "{:?}", stopped.map(|r| r.len()));
    let silent = TaskCtx::silent();
    let records =
        table::run(&mut inputs.experiment(Some(&dev)), &[1], &rows, &results, &silent).unwrap();
    assert_eq!(
        words(&records),
        [BLIND, "base-ce", "locality-100", "two-generators", "random-blur"]
    );
    assert_eq!(records[1].dev["s"]["auc"], 0.5);
    assert_eq!(records[2].facts["known_masks"], 6.0);
    let blur = |name: &str| records[4].facts[name];
    let reached = f64::midpoint(blur("sigma_mean_real"), blur("sigma_mean_forged"));
    assert!((blur("sigma_target") - reached).abs() < 0.02, "{:?}", records[4].facts);
    let column = &records[2].columns["inpainting-unseen/jpeg-30"];
    assert_eq!((column.real.len(), column.iou.len()), (1, 1));
    assert!(records[1].columns["swap-seen"].real.iter().all(|v| v.is_finite()), "scores");

    let before = std::fs::read(&results).unwrap();
    table::measure_blind(&mut inputs.experiment(None), &results, &silent).unwrap();
    let again = table::run(&mut inputs.experiment(None), &[1], &rows, &results, &silent).unwrap();
    assert_eq!(std::fs::read(&results).unwrap(), before, "nothing was done again");
    assert_eq!(again, records);
    let other = Inputs { setup: Setup { game_rate: 2e-3, ..setup() }, ..inputs };
    let experiment = other.experiment(None);
    assert!(records.iter().all(|r| r.config != experiment.config()), "another setup does not mix");

    let page = render(&records, &About::default()).unwrap();
    assert!(page.contains("| + locality, 100 % masks |"), "{page}");
    assert!(page.contains("| blind ellipse |") && page.contains("## Development sets"), "{page}");
}

#[test]
fn every_criterion_picks_as_many_masks_as_the_budget_allows() {
    let _turn = my_turn();
    let folder = tempfile::tempdir().unwrap();
    let photos = photos(folder.path(), 4);
    let engine = rten();
    let run = folder.path().join("run");
    let inputs = Inputs { setup: setup(), photos: &photos, engine: &engine, folder: &run };
    let results = run.join("results.jsonl");
    let ctx = TaskCtx::silent();
    let records =
        active::run(&mut inputs.experiment(None), &[2], &Criterion::ALL, &[0, 40], &results, &ctx)
            .unwrap();
    assert_eq!(records.len(), 6, "one point without masks, five with: {:?}", words(&records));
    assert_eq!(records[0].row, "autoencoder");
    for record in &records[1..] {
        assert_eq!(record.facts["known_masks"], 2.0, "40 % of 6: {}", record.row);
        assert_eq!(record.columns.len(), 6, "native quality only");
    }
    let page = render(&records, &About::default()).unwrap();
    assert!(!page.contains("| + locality"), "budgets that are no rows stay out of the table");
}

#[test]
fn a_planted_shortcut_is_measured_with_both_forms_of_the_map() {
    let _turn = my_turn();
    let folder = tempfile::tempdir().unwrap();
    let photos = photos(folder.path(), 4);
    let engine = rten();
    let run = folder.path().join("run");
    let results = run.join("results.jsonl");
    let design = Design::Shortcut(Cue { levels: 8, share: 0.8 });
    for head in [HeadForm::Conv, HeadForm::Cam] {
        let setup = Setup { design, head, ..setup() };
        let inputs = Inputs { setup, photos: &photos, engine: &engine, folder: &run };
        let rows = [Row::Base, Row::Locality(0), Row::Locality(100)];
        let ctx = TaskCtx::silent();
        let records =
            table::run(&mut inputs.experiment(None), &[1], &rows, &results, &ctx).unwrap();
        assert_eq!(words(&records), ["base-ce", "locality-0", "locality-100"], "{head:?}");
        for record in &records {
            let count = |is: &dyn Fn(&str) -> bool| {
                record.columns.iter().filter(|(name, a)| is(name) && a.n() == 2).count()
            };
            assert_eq!(count(&|name| !name.contains('/')), 7, "sets");
            assert_eq!(count(&|name| name.ends_with(Cue::AS_TRAINED)), 1, "of the seen set");
            assert_eq!(count(&|name| name.ends_with(Cue::REVERSED)), 1, "of the seen set");
            let score = |column: &str| record.columns[column].forged[0];
            let (plain, cue) = (score("self-blend-seen"), score("self-blend-seen/as-trained"));
            assert!(plain.is_finite() && cue.is_finite(), "{head:?}: {plain}");
        }
        assert_eq!(records[1].facts["known_masks"], 0.0);
    }
}

#[test]
fn a_budget_of_blur_is_measured_for_every_form() {
    let _turn = my_turn();
    let folder = tempfile::tempdir().unwrap();
    let photos = photos(folder.path(), 4);
    let engine = rten();
    let run = folder.path().join("run");
    let results = run.join("results.jsonl");
    let setup = Setup { design: Design::Sharp, ..setup() };
    let inputs = Inputs { setup, photos: &photos, engine: &engine, folder: &run };
    let forms = blur_budget::FORMS;
    let ctx = TaskCtx::silent();
    let measure =
        || blur_budget::run(&mut inputs.experiment(None), &[1], &forms, &results, &ctx).unwrap();
    let records = measure();
    assert_eq!(words(&records), forms.map(GameForm::as_str));
    for record in &records {
        let column = &record.columns["mesh-swap-unseen/jpeg-30"];
        assert!(column.forged[0].is_finite(), "{}", record.row);
        let width = record.mean_width().unwrap_or_default();
        assert_eq!(width > 0.0, record.row != "none", "{}: {width}", record.row);
    }
    assert_eq!(measure(), records, "nothing is done again");
}
