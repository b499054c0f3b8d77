//! Signatures and time stamps, judged by `minisign` and `openssl`.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use super::{FINDS_TRACES, MadeReport, make};
use crate::cli::inspect::{CliFolder, CliOutput};
use crate::support::{no_face, portrait, skip};

/// Runs a program of others; `None`, said aloud, where it is not installed.
fn others(program: &str, folder: &Path, arguments: &[&str]) -> Option<Output> {
    let output = Command::new(program).args(arguments).current_dir(folder).output();
    if output.is_err() {
        skip(&format!("{program} is not installed"));
    }
    output.ok()
}

/// A signed report, and its keys `mine.key` and `mine.pub`.
fn signed(place: &CliFolder) -> MadeReport {
    let output = place.run(&["report", "new-key", "--no-password", "mine"]);
    assert_eq!(output.code, 0, "{output:?}");
    let made = make(place, "out", &["--sign", "mine.key", portrait().to_str().unwrap()]);
    assert_eq!(made.output.code, 0, "{:?}", made.output);
    made
}

fn verify(place: &CliFolder, arguments: &[&str]) -> CliOutput {
    place.run(&[&["report", "verify"], arguments].concat())
}

#[test]
fn a_report_is_verified_and_every_change_is_named() {
    let place = CliFolder::new(FINDS_TRACES);
    let made = signed(&place);
    let good = verify(&place, &["--key", "mine.pub", "out"]);
    assert_eq!(good.code, 0, "{good:?}");
    assert!(good.out.contains("signed by the key") && good.out.contains("by Ada"), "{}", good.out);
    let unread = verify(&place, &["out"]);
    assert!(unread.code == 0 && unread.out.contains("--key checks it"), "{unread:?}");
    let fault = |what: &str| {
        let output = verify(&place, &["--key", "mine.pub", "out"]);
        assert_eq!(output.code, 2, "{what}: {output:?}");
        assert!(
            output.out.contains("FAULT") && output.out.contains(what),
            "{what}: {}",
            output.out
        );
    };
    // Each change is taken back.
    let changed = |name: &str, text: &str, what: &str| {
        let before = fs::read(made.folder.join(name)).unwrap();
        fs::write(made.folder.join(name), text).unwrap();
        fault(what);
        fs::write(made.folder.join(name), before).unwrap();
    };
    changed("pictures/1-1-thumbnail.jpg", "x", "1-1-thumbnail.jpg was changed");
    changed("SHA256SUMS.minisig", "x", "no signature");
    fs::write(made.folder.join("more.txt"), "x").unwrap();
    fault("more.txt does not belong");
    fs::remove_file(made.folder.join("more.txt")).unwrap();
    fs::create_dir(made.folder.join("empty")).unwrap();
    fault("the folder empty does not belong");
    fs::remove_dir(made.folder.join("empty")).unwrap();
    let request = fs::read(made.folder.join("report.tsq")).unwrap();
    let mut flipped = request.clone();
    flipped[40] ^= 1;
    for (bytes, what) in [(flipped, "report.tsq is not the request"), (vec![], "report.tsq is not")]
    {
        fs::write(made.folder.join("report.tsq"), bytes).unwrap();
        fault(what);
    }
    fs::write(made.folder.join("report.tsq"), request).unwrap();
    // Somebody edits page and hashes, too: then only the record and the signature know.
    let page = made.page().replace("What was found", "What was not found");
    fs::write(made.folder.join("report.html"), &page).unwrap();
    let sums = made.text("SHA256SUMS");
    let own = sums.lines().find(|line| line.ends_with("report.html")).unwrap();
    let forged = format!("{}  report.html", pentimento::files::sha256_hex(page.as_bytes()));
    fs::write(made.folder.join("SHA256SUMS"), sums.replace(own, &forged)).unwrap();
    fault("report.html does not say what the record says");
    fault("the signature is not right");
    let outside = sums.replace("report.json", "../mine.key");
    fs::write(made.folder.join("SHA256SUMS"), outside).unwrap();
    fault("is no file of a report");
    assert_eq!(verify(&place, &["nowhere"]).code, 1);
    assert_eq!(verify(&place, &["--key", "none.pub", "out"]).code, 2);
}

/// Without a key only the record knows which files there have to be.
#[test]
fn files_that_left_with_their_hashes_are_missed() {
    let place = CliFolder::new(FINDS_TRACES);
    let made = make(&place, "out", &[portrait().to_str().unwrap()]);
    let sums = made.text("SHA256SUMS");
    let reported = |change: &dyn Fn(&str) -> String, what: &str| {
        let changed: String = sums.lines().map(change).collect();
        assert_ne!(changed, sums, "{what}");
        fs::write(made.folder.join("SHA256SUMS"), changed).unwrap();
        let output = verify(&place, &["out"]);
        assert!(output.code == 2 && output.out.contains(what), "{what}: {output:?}");
    };
    let twice = |line: &str| format!("{line}\n").repeat(1 + usize::from(line.ends_with("json")));
    reported(&twice, "SHA256SUMS names report.json twice");
    let mut names = vec!["cards/1.png", "pictures/1-2-overlay.jpg"];
    if pentimento::report::WRITES_PDF {
        names.extend(["report.pdf", "cards/1.pdf"]);
    }
    for name in names {
        let bytes = fs::read(made.folder.join(name)).unwrap();
        fs::remove_file(made.folder.join(name)).unwrap();
        let left =
            |line: &str| if line.ends_with(name) { String::new() } else { format!("{line}\n") };
        reported(&left, &format!("{name} is missing: by the record it is a part"));
        fs::write(made.folder.join(name), bytes).unwrap();
    }
    fs::write(made.folder.join("more.txt"), "x").unwrap();
    let more = |line: &str| {
        let own = format!("{}  more.txt\n", pentimento::files::sha256_hex(b"x"));
        format!("{line}\n{}", if line.ends_with("json") { own.as_str() } else { "" })
    };
    reported(&more, "more.txt does not belong to the report");
}

#[test]
#[cfg(unix)]
fn links_out_of_a_report_are_faults() {
    let place = CliFolder::new(FINDS_TRACES);
    let made = signed(&place);
    for name in ["report.html", "report.json", "pictures/1-1-thumbnail.jpg", "pictures"] {
        let path = made.folder.join(name);
        let outside = place.path("outside");
        fs::rename(&path, &outside).unwrap();
        std::os::unix::fs::symlink(&outside, &path).unwrap();
        let output = verify(&place, &["--key", "mine.pub", "out"]);
        assert_eq!(output.code, 2, "{name}: {output:?}");
        assert!(output.out.contains("it is a link, and a report consists of"), "{}", output.out);
        fs::remove_file(&path).unwrap();
        fs::rename(&outside, &path).unwrap();
    }
    for name in ["SHA256SUMS", "SHA256SUMS.minisig"] {
        let (path, outside) = (made.folder.join(name), place.path("outside"));
        fs::rename(&path, &outside).unwrap();
        std::os::unix::fs::symlink(&outside, &path).unwrap();
        assert_ne!(verify(&place, &["--key", "mine.pub", "out"]).code, 0, "{name}");
        fs::remove_file(&path).unwrap();
        fs::rename(&outside, &path).unwrap();
    }
    assert_eq!(verify(&place, &["--key", "mine.pub", "out"]).code, 0);
}

/// Without a key, hashes show only that the files fit each other.
#[test]
fn a_card_of_another_file_is_seen_and_hashes_alone_prove_nothing() {
    let place = CliFolder::new(FINDS_TRACES);
    no_face(&place.path("b.png"), 200, 150);
    let made = make(&place, "out", &[portrait().to_str().unwrap(), "b.png"]);
    let unsigned = verify(&place, &["out"]);
    assert_eq!(unsigned.code, 0, "{unsigned:?}");
    assert!(unsigned.out.contains("Whoever changes a report can make its hashes again"));
    for ending in ["png", "pdf"] {
        let [first, second] = ["1", "2"].map(|n| format!("cards/{n}.{ending}"));
        if !made.folder.join(&first).exists() {
            continue;
        }
        let before = fs::read(made.folder.join(&first)).unwrap();
        let other = fs::read(made.folder.join(&second)).unwrap();
        assert_ne!(before, other);
        fs::write(made.folder.join(&first), &other).unwrap();
        let sums = made.text("SHA256SUMS");
        let own = sums.lines().find(|line| line.ends_with(&first)).unwrap();
        let forged = format!("{}  {first}", pentimento::files::sha256_hex(&other));
        fs::write(made.folder.join("SHA256SUMS"), sums.replace(own, &forged)).unwrap();
        let output = verify(&place, &["out"]);
        let expected = format!("{first} does not say what the record says");
        assert!(output.code == 2 && output.out.contains(&expected), "{output:?}");
        fs::write(made.folder.join(&first), before).unwrap();
        fs::write(made.folder.join("SHA256SUMS"), sums).unwrap();
    }
}

/// What could not be compared counts as fitting only if a checked signature covers it.
#[test]
fn pages_that_cannot_be_compared_need_a_key() {
    let place = CliFolder::new(FINDS_TRACES);
    let made = signed(&place);
    // A report of another version: its pages may differ from those of this one.
    let json = made.text("report.json");
    let version = format!("\"version\": \"{}\"", made.record().program.version);
    let other = json.replacen(&version, "\"version\": \"0.0.9\"", 1);
    assert_ne!(json, other);
    fs::write(made.folder.join("report.json"), &other).unwrap();
    let sums = made.text("SHA256SUMS");
    let own = pentimento::files::sha256_hex(json.as_bytes());
    let sums = sums.replace(&own, &pentimento::files::sha256_hex(other.as_bytes()));
    fs::write(made.folder.join("SHA256SUMS"), &sums).unwrap();
    fs::write(
        made.folder.join("report.tsq"),
        pentimento::report::seal::time_stamp_request(sums.as_bytes()),
    )
    .unwrap();
    let unsigned = verify(&place, &["out"]);
    assert_eq!(unsigned.code, 2, "{unsigned:?}");
    assert!(
        unsigned.out.contains("report.html cannot be compared with the record")
            && !unsigned.out.contains("FAULT"),
        "{}",
        unsigned.out
    );
    // The signature is about the hashes of before.
    assert_eq!(verify(&place, &["--key", "mine.pub", "out"]).code, 2);
    let key = fs::read_to_string(place.path("mine.key")).unwrap();
    let signature = pentimento::report::seal::sign(&key, None, sums.as_bytes(), "again").unwrap();
    fs::write(made.folder.join("SHA256SUMS.minisig"), signature).unwrap();
    let checked = verify(&place, &["--key", "mine.pub", "out"]);
    assert_eq!(checked.code, 0, "{checked:?}");
    assert_eq!(verify(&place, &["out"]).code, 2, "a signature that nobody checked");
}

#[test]
fn minisign_comes_to_the_same_answer() {
    let place = CliFolder::new(FINDS_TRACES);
    let made = signed(&place);
    let arguments = ["-V", "-p", "../mine.pub", "-m", "SHA256SUMS"];
    let Some(output) = others("minisign", &made.folder, &arguments) else { return };
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success() && printed.contains("report made at"), "{output:?}");
    let sums = made.text("SHA256SUMS");
    fs::write(made.folder.join("SHA256SUMS"), sums.replacen('a', "b", 1)).unwrap();
    let output = others("minisign", &made.folder, &arguments).unwrap();
    assert!(!output.status.success(), "a planted change is seen");
    assert_eq!(verify(&place, &["--key", "mine.pub", "out"]).code, 2);
}

#[test]
fn keys_are_protected_and_wrong_ones_refused() {
    let place = CliFolder::new(FINDS_TRACES);
    let sample = portrait();
    let with = |password: &str, arguments: &[&str]| {
        let mut command = place.command();
        command.env("PENTIMENTO_KEY_PASSWORD", password).args(arguments);
        CliOutput::from_output(&command.output().unwrap())
    };
    let none = place.run(&["report", "new-key", "k"]);
    assert!(none.code == 1 && none.err.contains("needs a password"), "{none:?}");
    let made = with("right", &["report", "new-key", "k"]);
    assert_eq!(made.code, 0, "{made:?}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = fs::metadata(place.path("k.key")).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "others cannot read it");
    }
    let again = with("right", &["report", "new-key", "k"]);
    assert!(again.code == 1 && again.err.contains("is there already"), "{again:?}");
    let arguments = [
        "report",
        "make",
        "--engine",
        "rten",
        "--out",
        "out",
        "--sign",
        "k.key",
        sample.to_str().unwrap(),
    ];
    for (password, what) in
        [("wrong", "password is wrong or missing"), ("", "password is wrong or missing")]
    {
        let refused = with(password, &arguments);
        assert_eq!(refused.code, 1, "{refused:?}");
        assert!(refused.err.contains(what), "{}", refused.err);
        assert!(!place.path("out").exists(), "no report is made");
    }
    let signed = with("right", &arguments);
    assert_eq!(signed.code, 0, "{signed:?}");
    assert_eq!(verify(&place, &["--key", "k.pub", "out"]).code, 0);
    assert_eq!(place.run(&["report", "new-key", "--no-password", "other"]).code, 0);
    let other = verify(&place, &["--key", "other.pub", "out"]);
    assert!(other.code == 2 && other.out.contains("different from public key"), "{other:?}");
}

/// A time-stamp authority made for the test answers the request of a report.
#[test]
fn a_time_stamp_is_requested_and_its_answer_read() {
    let place = CliFolder::new(FINDS_TRACES);
    let made = make(&place, "out", &[portrait().to_str().unwrap()]);
    assert_eq!(made.output.code, 0, "{:?}", made.output);
    let authority = place.path("authority");
    fs::create_dir(&authority).unwrap();
    let config = "[req]\ndistinguished_name=dn\nprompt=no\n[dn]\nCN=Test authority\n\
                  [ext]\nextendedKeyUsage=critical,timeStamping\nbasicConstraints=CA:FALSE\n\
                  [tsa]\ndefault_tsa=one\n[one]\nserial=serial\nsigner_cert=a.pem\nsigner_key=a.key\n\
                  certs=a.pem\ndefault_policy=1.2.3.4\nsigner_digest=sha256\ndigests=sha256\n\
                  ess_cert_id_chain=no\n";
    fs::write(authority.join("c.cnf"), config).unwrap();
    fs::write(authority.join("serial"), "01\n").unwrap();
    let run =
        |arguments: &str| others("openssl", &authority, &arguments.split(' ').collect::<Vec<_>>());
    let certificate = "req -x509 -newkey rsa:2048 -nodes -keyout a.key -out a.pem -days 30 -config c.cnf -extensions ext";
    let Some(output) = run(certificate) else { return };
    assert!(output.status.success(), "{output:?}");
    let read = run("ts -query -in ../out/report.tsq -text").unwrap();
    let printed = String::from_utf8_lossy(&read.stdout).into_owned();
    assert!(
        printed.contains("sha256") && printed.contains("Certificate required: yes"),
        "{printed}"
    );
    let reply =
        "ts -reply -config c.cnf -section one -queryfile ../out/report.tsq -out ../out/report.tsr";
    let output = run(reply).unwrap();
    assert!(output.status.success(), "{output:?}");
    let judge = "ts -verify -in ../out/report.tsr -data ../out/SHA256SUMS -CAfile a.pem";
    let output = run(judge).unwrap();
    assert!(output.status.success(), "{output:?}");
    let good = verify(&place, &["out"]);
    assert_eq!(good.code, 0, "{good:?}");
    assert!(good.out.contains("time stamp of 20"), "{}", good.out);
    // The answer to another report.
    let other = make(&place, "other", &["--title", "Another", portrait().to_str().unwrap()]);
    fs::copy(made.folder.join("report.tsr"), other.folder.join("report.tsr")).unwrap();
    let wrong = verify(&place, &["other"]);
    assert!(wrong.code == 2 && wrong.out.contains("about other bytes"), "{wrong:?}");
    let output = run("ts -verify -in ../other/report.tsr -data ../other/SHA256SUMS -CAfile a.pem");
    assert!(!output.unwrap().status.success(), "openssl says the same");
    fs::write(other.folder.join("report.tsr"), "x").unwrap();
    assert!(verify(&place, &["other"]).out.contains("no answer of a time-stamp authority"));
}
