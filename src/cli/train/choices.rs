//! Values of `train` arguments that are chosen by name, and the choice of the device.

use crate::cli::output;
use crate::cli::progress::ProgressLine;
use crate::train::batch::recipe::Recipe;
use crate::train::fit::FitPlan;
use crate::train::fit::device::{self, DeviceChoice};
use crate::train::game::GameForm;
use crate::train::net::{Backbone, HeadForm};

/// The plan with the device that will train; prints the device where there was a choice.
pub(super) fn choose_device(plan: FitPlan, choice: DeviceChoice, line: &ProgressLine) -> FitPlan {
    let device = device::choose(choice, &plan);
    if device.is_news() {
        line.suspend(|| output::eprint_line(&device.line()));
    }
    FitPlan { device, ..plan }
}

pub(super) fn device_choice(word: &str) -> Result<DeviceChoice, String> {
    named(word, &DeviceChoice::ALL, DeviceChoice::as_str)
}

pub(in crate::cli) fn game_form(word: &str) -> Result<GameForm, String> {
    named(word, &GameForm::ALL, GameForm::as_str)
}

pub(super) fn head_form(word: &str) -> Result<HeadForm, String> {
    named(word, &[HeadForm::Conv, HeadForm::Cam], HeadForm::as_str)
}

pub(super) fn backbone(word: &str) -> Result<Backbone, String> {
    named(word, &[Backbone::Lite0, Backbone::Lite2], Backbone::as_str)
}

pub(super) fn recipe(word: &str) -> Result<Recipe, String> {
    match word {
        "usual" => Ok(Recipe::USUAL),
        "wide" => Ok(Recipe::WIDE),
        "wider" => Ok(Recipe::WIDER),
        "widest" => Ok(Recipe::WIDEST),
        _ => Err(format!("{word:?} is not one of usual, wide, wider, widest")),
    }
}

fn named<T: Copy>(word: &str, all: &[T], name: impl Fn(T) -> &'static str) -> Result<T, String> {
    let names: Vec<_> = all.iter().map(|t| name(*t)).collect();
    all.iter()
        .find(|t| name(**t) == word)
        .copied()
        .ok_or_else(|| format!("{word:?} is not one of {}", names.join(", ")))
}
