//! `doctor`: checks what works on this machine and prints how to install what is missing.
//!
//! The exit code is 0 when pictures can be examined, else 1.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use serde::Serialize;

use super::check_item::{CheckItem, CheckState};
use super::{bundles, node};
use crate::base::text::visible;
use crate::base::{Limits, RgbImage, TaskCtx};
use crate::cli::exit::{EXIT_FAILED, finish};
use crate::cli::output;
use crate::cli::tools::ToolArgs;
use crate::confine::safeguards;
use crate::infer::{self, Diagnosis, Engine, EngineOptions};
use crate::media;
use crate::media::video::Tools;

/// Arguments of `doctor`.
#[derive(Debug, Args)]
pub struct DoctorArgs {
    /// Print one JSON object
    #[arg(long)]
    json: bool,
    /// Check what a scan needs of a node: also processors, memory and control groups; no graphics
    #[arg(long)]
    cluster: bool,
    /// With --cluster: the folder for results, to be tried out
    #[arg(long, value_name = "DIR", requires = "cluster")]
    out: Option<PathBuf>,
    #[command(flatten)]
    tools: ToolArgs,
}

/// Checks everything and prints the results.
pub(in crate::cli) fn run(args: DoctorArgs) -> ExitCode {
    let models = args.tools.models();
    let options = args.tools.engine();
    let mut items = engines(&infer::diagnose(&options));
    if !args.cluster {
        items.extend(adapters());
    }
    items.push(ffmpeg());
    items.extend(confinement(&options));
    items.extend(bundles::check(&models, &options));
    if args.cluster {
        items.extend(node::check(args.out.as_deref()));
    }
    let is_working = items.iter().all(|i| i.state != CheckState::Missing);
    let printed = if args.json {
        #[derive(Serialize)]
        struct Checkup<'a> {
            version: &'static str,
            can_examine: bool,
            items: &'a [CheckItem],
        }
        let version = env!("CARGO_PKG_VERSION");
        serde_json::to_string(&Checkup { version, can_examine: is_working, items: &items })
            .map_err(anyhow::Error::from)
            .and_then(|text| Ok(output::print_line(&text)?))
    } else {
        output::print_page(&text(&items, is_working)).map_err(anyhow::Error::from)
    };
    match printed {
        Ok(_) if is_working => ExitCode::SUCCESS,
        Ok(_) => ExitCode::from(EXIT_FAILED),
        Err(error) => finish(Err(error)),
    }
}

fn text(items: &[CheckItem], is_working: bool) -> String {
    let mut lines = vec![concat!("pentimento ", env!("CARGO_PKG_VERSION")).to_owned()];
    let mut area = "";
    for item in items {
        if item.area != area {
            area = item.area;
            lines.push(format!("\n{area}"));
        }
        let mark = match item.state {
            CheckState::Ok => "ok     ",
            CheckState::Absent => "absent ",
            CheckState::Missing => "MISSING",
        };
        lines.push(format!("  {mark}  {}: {}", visible(&item.name), visible(&item.detail)));
        if let Some(remedy) = &item.remedy {
            lines.push(format!("           to fix: {remedy}"));
        }
    }
    lines.push(if is_working {
        let has_video = items.iter().any(|i| i.area == "video" && i.state == CheckState::Ok);
        let what =
            if has_video { "and videos can be examined" } else { "can be examined, videos cannot" };
        format!("\nPictures {what}.")
    } else {
        "\nPictures cannot be examined until the missing parts are installed.".to_owned()
    });
    lines.join("\n")
}

fn engines(diagnosis: &Diagnosis) -> Vec<CheckItem> {
    let mut items = Vec::new();
    for library in &diagnosis.libraries {
        let name = library.version.clone().unwrap_or_else(|| "onnxruntime".to_owned());
        let state = if library.is_used { CheckState::Ok } else { CheckState::Absent };
        let note = library.note.as_ref().map(|n| format!(" ({n})")).unwrap_or_default();
        items.push(CheckItem::new(
            "engine",
            name,
            state,
            format!("{}{note}", library.path.display()),
        ));
    }
    if let Some(remedy) = &diagnosis.library_remedy {
        let detail = "no usable library; the slower built-in engine is used".to_owned();
        items.push(
            CheckItem::new("engine", "onnxruntime", CheckState::Absent, detail).with_remedy(remedy),
        );
    }
    items.push(CheckItem::new("engine", &diagnosis.rten, CheckState::Ok, "built in".to_owned()));
    items.push(match &diagnosis.chosen {
        Ok(info) => {
            let detail = format!("{}, provider {}", info.engine, info.provider);
            CheckItem::new("engine", "in use", CheckState::Ok, detail)
        }
        Err(reason) => CheckItem::new("engine", "in use", CheckState::Missing, reason.clone()),
    });
    for provider in &diagnosis.providers {
        let state = if provider.is_usable { CheckState::Ok } else { CheckState::Absent };
        let item = CheckItem::new(
            "provider",
            provider.provider.to_string(),
            state,
            provider.detail.clone(),
        );
        items.push(CheckItem { remedy: provider.remedy.clone(), ..item });
    }
    let (state, detail) = if diagnosis.telemetry.is_disarmed {
        (CheckState::Ok, "sending usage data is switched off in ONNX Runtime")
    } else {
        (CheckState::Absent, "sending usage data is not switched off in ONNX Runtime")
    };
    items.push(CheckItem::new("privacy", "telemetry", state, detail.to_owned()));
    items
}

#[cfg(feature = "gui")]
fn adapters() -> Vec<CheckItem> {
    let found = crate::gpu::adapters();
    if found.is_empty() {
        let detail = "no graphics adapter, not even a software one; the window cannot open";
        let item = CheckItem::new("gpu", "adapter", CheckState::Absent, detail.to_owned());
        return vec![item.with_remedy(if cfg!(target_os = "linux") {
            "apt-get install mesa-vulkan-drivers libvulkan1"
        } else {
            "install the driver of the graphics card"
        })];
    }
    let adapter = |a: crate::gpu::AdapterFacts| {
        let kind = if a.software { "software, slow" } else { "hardware" };
        CheckItem::new("gpu", a.name, CheckState::Ok, format!("{}, {kind}", a.backend))
    };
    found.into_iter().map(adapter).chain([overlay()]).collect()
}

/// Whether the window draws heat maps as reports do.
#[cfg(feature = "gui")]
fn overlay() -> CheckItem {
    let item = |state, detail| CheckItem::new("gpu", "overlay", state, detail);
    match crate::gpu::check_overlay() {
        Ok(check) if check.agrees() => item(
            CheckState::Ok,
            format!(
                "{} draws heat maps as the processor does (within {} of 255), {:.1} ms each",
                check.adapter.name, check.largest_difference, check.draw_ms
            ),
        ),
        Ok(check) => item(
            CheckState::Absent,
            format!(
                "{} draws heat maps that differ from the processor's by {} of 255",
                check.adapter.name, check.largest_difference
            ),
        )
        .with_remedy("update the graphics driver, or start with WGPU_BACKEND=gl"),
        Err(error) => item(CheckState::Absent, format!("heat maps cannot be drawn: {error}"))
            .with_remedy("update the graphics driver, or start with WGPU_BACKEND=gl"),
    }
}

#[cfg(not(feature = "gui"))]
fn adapters() -> Vec<CheckItem> {
    let detail = "this build has no window and needs no graphics adapter".to_owned();
    vec![CheckItem::new("gpu", "adapter", CheckState::Absent, detail)]
}

fn ffmpeg() -> CheckItem {
    match Tools::find() {
        Ok(tools) => CheckItem::new(
            "video",
            "ffmpeg",
            CheckState::Ok,
            format!("{}, videos can be examined", tools.version()),
        ),
        Err(error) => CheckItem::new("video", "ffmpeg", CheckState::Absent, error.to_string())
            .with_remedy(if cfg!(windows) {
                "winget install ffmpeg"
            } else if cfg!(target_os = "macos") {
                "brew install ffmpeg"
            } else {
                "apt-get install ffmpeg"
            }),
    }
}

/// What keeps a decoder that a hostile file takes over from doing harm.
fn confinement(options: &EngineOptions) -> Vec<CheckItem> {
    let state = |is_ok| if is_ok { CheckState::Ok } else { CheckState::Absent };
    let item = |name, is_ok, detail| CheckItem::new("confinement", name, state(is_ok), detail);
    let parts = safeguards();
    let is_lost = Tools::find().is_ok_and(|tools| !tools.runs_sandboxed());
    let has_any = parts.iter().any(|part| part.is_in_force && part.name != "limits");
    let mut items: Vec<CheckItem> =
        parts.into_iter().map(|part| item(part.name, part.is_in_force, part.detail)).collect();
    items.push(match pictures_apart() {
        Ok(true) => item("pictures", true, "each is decoded in a process of its own".to_owned()),
        Ok(false) => item(
            "pictures",
            false,
            "their decoder does not start under Landlock and seccomp, so it runs without both"
                .to_owned(),
        ),
        Err(why) => item("pictures", false, format!("no picture can be decoded: {why}"))
            .with_remedy("install the program again"),
    });
    items.extend(foreign_models(options).map(|(is_ok, detail)| item("models", is_ok, detail)));
    if is_lost && has_any {
        let detail = "it does not start under Landlock and seccomp, so it runs without both";
        let remedy = "install the ffmpeg of your system";
        items.push(item("ffmpeg", false, detail.to_owned()).with_remedy(remedy));
    }
    items
}

/// How bundles that did not come with this program are run.
fn foreign_models(options: &EngineOptions) -> Option<(bool, String)> {
    // Other checks report what is wrong with the engine itself.
    let engine = Engine::start(options).ok()?;
    let is_processor = engine.info().provider == infer::Provider::Cpu.to_string();
    Some(match engine.confines_foreign()? {
        Ok(true) => (true, "those from elsewhere run in a process of their own".to_owned()),
        Ok(false) if is_processor => (
            false,
            "the engine does not start under Landlock and seccomp, so models from elsewhere run in a \
             process of their own without both"
                .to_owned(),
        ),
        Ok(false) => (
            false,
            "those from elsewhere run in a process of their own without Landlock and seccomp, which \
             drivers of graphics cards do not bear: --provider cpu has both"
                .to_owned(),
        ),
        Err(why) => (false, format!("those from elsewhere cannot be run: {why}")),
    })
}

/// Whether the decoder of pictures runs with files and system calls shut to it.
fn pictures_apart() -> Result<bool, media::Error> {
    media::decode_stills_apart();
    let Some(decoder) = media::still_decoder() else { return Ok(false) };
    let pixel = media::encode_png(&RgbImage::filled(1, 1, [0; 3]))?;
    let (limits, ctx) = (Limits::default(), TaskCtx::silent());
    decoder.decode(&pixel, media::StillFormat::Png, String::new(), &limits, &ctx)?;
    Ok(decoder.runs_sandboxed())
}
