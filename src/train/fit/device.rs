//! Which device trains: the processor, or a graphics card that has proved itself.
//!
//! Checkpoints hold numbers and no device: a run may go on with another one.

use std::sync::Arc;
use std::time::Duration;

use burn::tensor::Device;

pub use super::chosen::Chosen;
use super::plan::FitPlan;
use crate::train::fit::trial::{self, Trial};

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum DeviceChoice {
    /// A graphics card if there is one that passes a trial step, else the processor.
    #[default]
    Auto,
    /// The processor.
    Cpu,
    /// As [`Self::Auto`], but an adapter that is drawn by the processor will do.
    Gpu,
}

impl DeviceChoice {
    pub const ALL: [Self; 3] = [Self::Auto, Self::Cpu, Self::Gpu];

    /// The word used in arguments.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// A graphics adapter.
#[derive(Debug, Clone)]
struct Card {
    device: Device,
    name: String,
}

/// Longest that the list of adapters may take: drivers are loaded.
#[cfg(feature = "train-gpu")]
const LIST_LIMIT: Duration = Duration::from_mins(1);
/// Longest that a trial step may take, the translation of its programs for the card included.
const TRIAL_LIMIT: Duration = Duration::from_mins(5);

/// Chooses the device for a run with this plan. A graphics card has to do a step of the plan's size
/// as the processor does, within five minutes; the answer says what keeps it from that.
pub fn choose(choice: DeviceChoice, plan: &FitPlan) -> Chosen {
    if choice == DeviceChoice::Cpu {
        return Chosen::default();
    }
    // No trial without a card.
    let mut trial = None;
    settled(choice, cards(choice), |card| {
        let trial = trial.get_or_insert_with(|| Arc::new(Trial::from_plan(plan)));
        trial::prove(trial, &card.device, TRIAL_LIMIT, Trial::answer)
    })
}

/// The first card that proves itself. `cards`: `None` in a build without them, an error where they
/// cannot be listed.
fn settled(
    choice: DeviceChoice,
    cards: Option<Result<Vec<Card>, String>>,
    mut prove: impl FnMut(&Card) -> Result<f64, String>,
) -> Chosen {
    let Some(cards) = cards else {
        return match choice {
            DeviceChoice::Gpu => Chosen::processor(
                "this build knows no graphics cards; one that does is made with --features \
                 train-gpu"
                    .to_owned(),
            ),
            _ => Chosen::default(),
        };
    };
    let cards = match cards {
        Ok(cards) if cards.is_empty() => return Chosen::processor(none_of(choice).to_owned()),
        Ok(cards) => cards,
        Err(why) => return Chosen::processor(format!("graphics cards cannot be listed: {why}")),
    };
    let mut refused = Vec::new();
    for card in cards {
        match prove(&card) {
            Ok(off) => {
                return Chosen {
                    device: card.device,
                    card: Some((card.name, off)),
                    why_not_gpu: None,
                };
            }
            Err(why) => refused.push(format!("{} is not used, {why}", card.name)),
        }
    }
    Chosen::processor(refused.join("; "))
}

const fn none_of(choice: DeviceChoice) -> &'static str {
    match choice {
        DeviceChoice::Gpu => "there is no graphics adapter",
        _ => "there is no graphics card",
    }
}

#[cfg(not(feature = "train-gpu"))]
const fn cards(_choice: DeviceChoice) -> Option<Result<Vec<Card>, String>> {
    None
}

/// Adapters that the choice allows, the strongest kind first.
#[cfg(feature = "train-gpu")]
#[expect(clippy::unnecessary_wraps, reason = "`None` is what a build without cards gives")]
fn cards(choice: DeviceChoice) -> Option<Result<Vec<Card>, String>> {
    use burn::tensor::{DeviceKind, DeviceType};

    let hardware = [DeviceKind::DiscreteGpu(0), DeviceKind::IntegratedGpu(0)];
    let others = [DeviceKind::VirtualGpu(0), DeviceKind::Cpu];
    let mut kinds = hardware.to_vec();
    if choice == DeviceChoice::Gpu {
        kinds.extend(others);
    }
    Some(trial::within(LIST_LIMIT, move || {
        let there = Device::enumerate(DeviceType::Wgpu).into_vec();
        let wanted = kinds.into_iter().map(Device::wgpu).filter(|device| there.contains(device));
        wanted
            .map(|device| {
                let known = device.identity().map(|identity| identity.name);
                Card { name: known.unwrap_or_else(|| "a graphics card".to_owned()), device }
            })
            .collect()
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::Error;

    fn card(name: &str) -> Card {
        Card { device: Device::flex(), name: name.to_owned() }
    }

    #[test]
    fn the_first_card_that_proves_itself_trains() {
        let cards = || Some(Ok(vec![card("one"), card("two"), card("three")]));
        let chosen = settled(DeviceChoice::Auto, cards(), |card| match card.name.as_str() {
            "one" => Err("it hung".to_owned()),
            _ => Ok(2e-6),
        });
        assert_eq!((chosen.card(), chosen.why_not_gpu()), (Some("two"), None));
        assert!(chosen.is_news(), "{chosen:?}");
        assert_eq!(
            chosen.line(),
            "training on two: a trial step differed from the processor's by 0.0002 %"
        );
        let none = settled(DeviceChoice::Auto, cards(), |card| Err(format!("{}!", card.name)));
        assert_eq!(none.card(), None);
        assert_eq!(
            none.line(),
            "training on the processor: one is not used, one!; two is not used, two!; three is \
             not used, three!"
        );
    }

    #[test]
    fn what_cannot_be_had_is_reported_only_to_those_who_asked() {
        let never = |card: &Card| -> Result<f64, String> { panic!("no trial of {}", card.name) };
        let silent = settled(DeviceChoice::Auto, None, never);
        assert!(!silent.is_news(), "{silent:?}");
        assert_eq!(silent, Chosen::default());
        let settled_device = settled(DeviceChoice::Gpu, None, never);
        assert!(settled_device.line().contains("--features train-gpu"), "{settled_device:?}");
        for choice in [DeviceChoice::Auto, DeviceChoice::Gpu] {
            let device = settled(choice, Some(Ok(Vec::new())), never);
            assert!(device.is_news() && device.card().is_none(), "{device:?}");
        }
        let broken = settled(DeviceChoice::Auto, Some(Err("no loader".to_owned())), never);
        assert!(broken.line().ends_with("cannot be listed: no loader"), "{broken:?}");
    }

    #[test]
    fn a_failing_card_ends_the_run_with_a_way_to_go_on() {
        let on_card = Chosen { card: Some(("one".to_owned(), 0.0)), ..Chosen::default() };
        let lost: Result<(), Error> = on_card.run(7, || panic!("device lost"));
        let text = lost.unwrap_err().to_string();
        for part in ["one", "step 7", "device lost", "--device cpu"] {
            assert!(text.contains(part), "{text}");
        }
        let thread: Result<(), Error> =
            on_card.run(8, || Err(Error::Panicked("in a thread".to_owned())));
        assert!(thread.unwrap_err().to_string().contains("--device cpu"), "threads count");
        // Other errors stay what they are, and on the processor all do.
        let other: Result<(), Error> = on_card.run(9, || Err(Error::Diverged(9)));
        assert!(matches!(other, Err(Error::Diverged(9))), "{other:?}");
        let thread: Result<(), Error> =
            Chosen::default().run(8, || Err(Error::Panicked("in a thread".to_owned())));
        assert!(matches!(thread, Err(Error::Panicked(_))), "{thread:?}");
    }
}
