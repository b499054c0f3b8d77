//! The log of a run: `log.csv` and `game.csv` (one line a step), `validation.csv` and `wide.csv`
//! (one line a measurement), `device.log` (one line a start).

use std::io::Write as _;
use std::path::Path;

use crate::train::Error;
use crate::train::fit::learner::StepReport;
use crate::train::fit::loss::Losses;
use crate::train::publish::validate;

/// Open files of one run.
pub(in crate::train) struct Journal {
    steps: std::fs::File,
    game: std::fs::File,
    validation: std::fs::File,
    wide: std::fs::File,
    device: std::fs::File,
}

impl Journal {
    /// Opens the files for appending. Lines of steps after the checkpoint that a run is resumed
    /// from are dropped: those steps are done again.
    pub(in crate::train) fn open(folder: &Path, start: u64) -> Result<Self, Error> {
        let file = |name: &str, columns: String, first_lost: u64| {
            let path = folder.join(name);
            let io = || Error::io("the log", &path);
            let earlier = std::fs::read_to_string(&path).unwrap_or_default();
            let step_of = |line: &str| line.split(',').next()?.parse::<u64>().ok();
            let kept = earlier.lines().filter(|l| step_of(l).is_some_and(|s| s < first_lost));
            let mut text = format!("step,{columns}\n");
            kept.for_each(|line| {
                text.push_str(line);
                text.push('\n');
            });
            std::fs::write(&path, text).map_err(io())?;
            std::fs::OpenOptions::new().append(true).open(&path).map_err(io())
        };
        let terms = Losses::NAMES.join(",");
        let columns = format!("total,{terms},rate_head,step_secs,wait_secs");
        let game = "accuracy_clean,accuracy_changed,sigma_mean_real,sigma_mean_forged,\
                    sigma_p95_real,sigma_p95_forged";
        let devices = folder.join("device.log");
        let device = std::fs::OpenOptions::new().create(true).append(true).open(&devices);
        Ok(Self {
            device: device.map_err(Error::io("the log", &devices))?,
            steps: file("log.csv", columns, start)?,
            game: file("game.csv", game.to_owned(), start)?,
            // A measurement carries the number of steps done before it.
            validation: file("validation.csv", validate::Quick::HEADER.to_owned(), start + 1)?,
            wide: file("wide.csv", validate::Wide::HEADER.to_owned(), start + 1)?,
        })
    }

    /// What trains from this step on.
    pub(in crate::train) fn device(&mut self, step: u64, text: &str) -> Result<(), Error> {
        writeln!(self.device, "from step {step}: {text}")
            .map_err(Error::io("the log", Path::new("device.log")))
    }

    pub(in crate::train) fn step(
        &mut self,
        step: u64,
        report: &StepReport,
        rate: f64,
        [step_secs, wait_secs]: [f32; 2],
    ) -> Result<(), Error> {
        let numbers = report.numbers.map(|v| format!("{v:.5}")).join(",");
        writeln!(self.steps, "{step},{numbers},{rate:.3e},{step_secs:.2},{wait_secs:.2}")
            .map_err(Error::io("the log", Path::new("log.csv")))?;
        if let Some((accuracy, widths)) = &report.game {
            let ([mean_r, mean_f], [p95_r, p95_f]) = (widths.mean, widths.p95);
            writeln!(
                self.game,
                "{step},{:.3},{accuracy:.3},{mean_r:.3},{mean_f:.3},{p95_r:.3},{p95_f:.3}",
                report.accuracy
            )
            .map_err(Error::io("the log", Path::new("game.csv")))?;
        }
        Ok(())
    }

    pub(in crate::train) fn wide(
        &mut self,
        step: u64,
        figures: &validate::Wide,
    ) -> Result<(), Error> {
        writeln!(self.wide, "{step},{}", figures.row())
            .map_err(Error::io("the log", Path::new("wide.csv")))
    }

    pub(in crate::train) fn validation(
        &mut self,
        step: u64,
        figures: &validate::Quick,
    ) -> Result<(), Error> {
        writeln!(self.validation, "{step},{}", figures.row())
            .map_err(Error::io("the log", Path::new("validation.csv")))
    }
}
