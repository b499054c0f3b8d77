//! What a scan needs of a node of a cluster beside engine and models: processors, memory, a folder for the
//! results, a clock.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::check_item::{CheckItem, CheckState};

/// A scan with less memory may be ended by the system when it meets a large picture.
const ENOUGH_BYTES: u64 = 2 << 30;
/// Clocks that differ by more make the times in logs and results of two machines useless.
const CLOCK_SLACK: Duration = Duration::from_mins(1);
/// Folders of control groups that are gone through upwards.
const MAX_GROUPS: usize = 64;
/// A limit in older control groups that stands for none is near this.
const NO_LIMIT: u64 = 1 << 60;

/// Where the kernel tells what a process may use. Tests have another one.
struct SystemFiles {
    proc: PathBuf,
    cgroup: PathBuf,
}

/// Checks the node, and the folder for results if there is one.
pub(super) fn check(out: Option<&Path>) -> Vec<CheckItem> {
    let system = SystemFiles { proc: "/proc".into(), cgroup: "/sys/fs/cgroup".into() };
    let mut items = vec![system.processors(), system.memory(), scheduler()];
    match out {
        Some(folder) => items.extend(results_folder(folder)),
        None => items.push(CheckItem::new(
            "node",
            "results",
            CheckState::Absent,
            "not checked; name the folder with --out".to_owned(),
        )),
    }
    items
}

impl SystemFiles {
    fn processors(&self) -> CheckItem {
        let usable = std::thread::available_parallelism().map_or(1, usize::from);
        let online = std::fs::read_to_string(self.proc.join("cpuinfo")).unwrap_or_default();
        let online = online.lines().filter(|line| line.starts_with("processor")).count();
        let quota = self.smallest(&["cpu.max"], cpu_quota);
        let mut detail = match online {
            0 => format!("{usable} for this process"),
            n => format!("{usable} of {n} for this process"),
        };
        if let Some(quota) = quota {
            let whole = f64::from(u32::try_from(quota).unwrap_or(u32::MAX)) / 100.0;
            detail = format!("{detail}; its control group has {whole:.1}");
        }
        CheckItem::new("node", "processors", CheckState::Ok, detail)
    }

    fn memory(&self) -> CheckItem {
        let limit = self.smallest(&["memory.max", "memory/memory.limit_in_bytes"], |text| {
            text.trim().parse().ok().filter(|bytes| *bytes < NO_LIMIT)
        });
        let free = self.available_bytes();
        let gib = |bytes: u64| format!("{:.1} GiB", bytes as f64 / f64::from(1 << 30));
        let detail = match (limit, free) {
            (Some(limit), _) => format!("{} by its control group", gib(limit)),
            (None, Some(free)) => format!("{} free, no limit by a control group", gib(free)),
            (None, None) => "this system does not say how much".to_owned(),
        };
        let least = limit.into_iter().chain(free).min();
        if least.is_none_or(|bytes| bytes >= ENOUGH_BYTES) {
            return CheckItem::new("node", "memory", CheckState::Ok, detail);
        }
        let detail = match free.filter(|free| Some(*free) == least) {
            Some(free) => format!("{detail}; {} are free now", gib(free)),
            None => detail,
        };
        CheckItem::new("node", "memory", CheckState::Absent, detail)
            .with_remedy("give a task 2 GiB or more (Slurm: --mem, Kubernetes: resources.limits)")
    }

    /// What is free on the whole machine.
    fn available_bytes(&self) -> Option<u64> {
        let text = std::fs::read_to_string(self.proc.join("meminfo")).ok()?;
        let line = text.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
        let kib: u64 = line.split_whitespace().next()?.parse().ok()?;
        kib.checked_mul(1024)
    }

    /// The smallest limit among the control group of this process and those above it.
    fn smallest(&self, names: &[&str], read: impl Fn(&str) -> Option<u64>) -> Option<u64> {
        let groups = std::fs::read_to_string(self.proc.join("self/cgroup")).unwrap_or_default();
        // Version 2: `0::/path`. In a container the path may not be there; its own group is the root.
        let path = groups.lines().find_map(|line| line.strip_prefix("0::/")).unwrap_or_default();
        let group = self.cgroup.join(path);
        let above = group.ancestors().take_while(|folder| folder.starts_with(&self.cgroup));
        let files = above.take(MAX_GROUPS).flat_map(|group| names.iter().map(|n| group.join(n)));
        files.filter_map(|file| read(&std::fs::read_to_string(file).ok()?)).min()
    }
}

/// Hundredths of a processor; `None` without a limit.
fn cpu_quota(text: &str) -> Option<u64> {
    let mut words = text.split_whitespace();
    let (quota, period): (u64, u64) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
    quota.checked_mul(100)?.checked_div(period)
}

/// The task of an array that this is.
fn scheduler() -> CheckItem {
    let task = |name: &str, variable: &str| {
        let index = std::env::var(variable).ok()?;
        index.parse::<u32>().ok().map(|index| format!("{name}, index {index}"))
    };
    let task = task("task of a Slurm array", "SLURM_ARRAY_TASK_ID")
        .or_else(|| task("pod of an Indexed Job", "JOB_COMPLETION_INDEX"));
    let detail = task.unwrap_or_else(|| "none: this is no task of an array".to_owned());
    CheckItem::new("node", "scheduler", CheckState::Ok, detail)
}

/// Whether results can be written to a folder, locked there, and renamed; and whether its clock is this one.
fn results_folder(folder: &Path) -> Vec<CheckItem> {
    let place = folder.display();
    match try_folder(folder) {
        Err(error) => {
            let detail = format!("{place} cannot be written to: {error}");
            let item = CheckItem::new("node", "results", CheckState::Missing, detail);
            vec![item.with_remedy("name a folder that this user can write to, shared by all nodes")]
        }
        Ok(probe) => {
            let results = if probe.has_locks {
                let detail = format!("{place} can be written to and locked");
                CheckItem::new("node", "results", CheckState::Ok, detail)
            } else {
                let detail = format!("{place} has no locks: a shard started twice is not noticed");
                CheckItem::new("node", "results", CheckState::Missing, detail)
                    .with_remedy("mount it with locks (NFS: version 4, or without nolock)")
            };
            vec![results, clock(probe.behind)]
        }
    }
}

/// What was found out by writing to a folder.
struct FolderProbe {
    has_locks: bool,
    /// How far the clock of the folder and that of this machine are apart.
    behind: Option<Duration>,
}

fn try_folder(folder: &Path) -> io::Result<FolderProbe> {
    let probe = tempfile::Builder::new().prefix(".pentimento-").tempfile_in(folder)?;
    std::fs::write(probe.path(), "x")?;
    let has_locks = File::open(probe.path())?.try_lock().is_ok();
    let written = probe.path().metadata()?.modified().ok();
    let renamed = probe.into_temp_path();
    let target = renamed.with_added_extension("renamed");
    std::fs::rename(&renamed, &target)?;
    std::fs::remove_file(&target)?;
    Ok(FolderProbe { has_locks, behind: written.map(|time| apart(time, SystemTime::now())) })
}

fn apart(a: SystemTime, b: SystemTime) -> Duration {
    a.duration_since(b).unwrap_or_else(|later| later.duration())
}

fn clock(apart: Option<Duration>) -> CheckItem {
    let (state, detail) = match apart {
        Some(apart) if apart <= CLOCK_SLACK => {
            (CheckState::Ok, "as that of the folder for results".to_owned())
        }
        Some(apart) => (
            CheckState::Absent,
            format!("{} s off that of the folder for results", apart.as_secs()),
        ),
        None => (CheckState::Absent, "the folder for results has no times".to_owned()),
    };
    let item = CheckItem::new("node", "clock", state, detail);
    if state == CheckState::Ok { item } else { item.with_remedy("set both by NTP") }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A system whose process lies in the group `/a/b`.
    fn system(folder: &Path, files: &[(&str, &str)]) -> SystemFiles {
        for (name, text) in files {
            let path = folder.join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        SystemFiles { proc: folder.join("proc"), cgroup: folder.join("cgroup") }
    }

    #[test]
    fn the_smallest_limit_of_all_groups_counts() {
        let folder = tempfile::tempdir().unwrap();
        let files = [
            ("proc/self/cgroup", "0::/a/b\n"),
            ("proc/meminfo", "MemTotal: 9 kB\nMemAvailable:   8388608 kB\n"),
            ("proc/cpuinfo", "processor : 0\nprocessor : 1\n"),
            ("cgroup/a/b/memory.max", "max\n"),
            ("cgroup/a/memory.max", "1073741824\n"),
            ("cgroup/memory.max", "4294967296\n"),
            ("cgroup/a/b/cpu.max", "150000 100000\n"),
            ("cgroup/a/cpu.max", "max 100000\n"),
        ];
        let found = system(folder.path(), &files);
        let memory = found.memory();
        assert_eq!((memory.state, memory.detail.as_str()), {
            (CheckState::Absent, "1.0 GiB by its control group")
        });
        assert!(memory.remedy.is_some());
        let processors = found.processors().detail;
        assert!(processors.ends_with("of 2 for this process; its control group has 1.5"));
    }

    #[test]
    fn older_groups_and_none_are_understood() {
        let folder = tempfile::tempdir().unwrap();
        let none = system(folder.path(), &[("proc/meminfo", "MemAvailable: 4194304 kB\n")]);
        assert_eq!(none.memory().detail, "4.0 GiB free, no limit by a control group");
        assert_eq!(none.memory().state, CheckState::Ok);
        let files = [
            ("proc/self/cgroup", "4:memory:/\n"),
            ("cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n"),
        ];
        let unlimited = system(folder.path(), &files);
        assert!(unlimited.memory().detail.contains("no limit"));
        let files = [("cgroup/memory/memory.limit_in_bytes", "536870912\n")];
        let limited = system(folder.path(), &files).memory();
        assert_eq!((limited.state, limited.detail.as_str()), {
            (CheckState::Absent, "0.5 GiB by its control group")
        });
        assert!(system(&folder.path().join("none"), &[]).memory().detail.contains("does not say"));
    }

    #[test]
    fn a_folder_is_tried_out_and_left_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let states: Vec<CheckState> =
            results_folder(folder.path()).iter().map(|item| item.state).collect();
        assert_eq!(states, [CheckState::Ok, CheckState::Ok]);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
        let missing = results_folder(&folder.path().join("none"));
        assert_eq!((missing.len(), missing[0].state), (1, CheckState::Missing));
        assert_eq!(clock(Some(Duration::from_mins(5))).state, CheckState::Absent);
        assert_eq!(clock(None).state, CheckState::Absent);
        let now = SystemTime::now();
        let later = now + Duration::from_secs(7);
        assert_eq!(
            (apart(now, later), apart(later, now)),
            (Duration::from_secs(7), Duration::from_secs(7))
        );
    }
}
