//! The program as a user runs it.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod nesting;

use assert_cmd::Command;
use std::fs;
use std::path::Path;
use tempfile::TempDir;

struct Ran {
    code: i32,
    out: String,
    err: String,
}

fn rehome(folder: &Path, args: &[&str]) -> Ran {
    let output = Command::cargo_bin("rehome")
        .unwrap()
        .current_dir(folder)
        .env_remove("NO_COLOR")
        .args(args)
        .output()
        .unwrap();
    Ran {
        code: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

fn folder(files: &[(&str, &[u8])]) -> TempDir {
    let folder = TempDir::new().unwrap();
    for (name, content) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    folder
}

/// A security policy with one rule that refers to nothing, as NSX answers for one object.
const POLICY: &str = r#"{"resource_type": "SecurityPolicy", "id": "p", "path": "/infra/domains/default/security-policies/p",
 "display_name": "p", "category": "Application", "sequence_number": 1, "rules": [
  {"resource_type": "Rule", "id": "r", "path": "/infra/domains/default/security-policies/p/rules/r",
   "display_name": "r", "action": "ALLOW", "sequence_number": 1, "source_groups": ["/infra/domains/default/groups/gone"],
   "destination_groups": ["ANY"], "services": ["ANY"], "scope": ["ANY"], "direction": "IN_OUT"}]}"#;

#[test]
fn help_teaches_and_is_no_mistake() {
    let here = folder(&[]);
    for args in [
        &["--help"][..],
        &["compile", "--help"],
        &["check", "--help"],
        &["explain", "--help"],
        &["capabilities", "--help"],
    ] {
        let ran = rehome(here.path(), args);
        assert_eq!(ran.code, 0, "{args:?}");
        assert!(ran.out.contains("Examples:"), "{args:?}: {}", ran.out);
        assert!(ran.out.lines().all(|line| line.chars().count() <= 100));
    }
    assert_eq!(rehome(here.path(), &["--version"]).code, 0);
}

#[test]
fn wrong_usage_is_2() {
    let here = folder(&[("a/x.json", b"{}")]);
    for args in [
        &[][..],
        &["compile"],
        &["complie", "a"],
        &["compile", "missing"],
        &["compile", "a", "--target", "vsphere@9"],
        &["compile", "a", "--today", "yesterday"],
        &["explain", "L9999"],
    ] {
        let ran = rehome(here.path(), args);
        assert_eq!(ran.code, 2, "{args:?}: {}{}", ran.out, ran.err);
        assert!(
            ran.err.contains("error") || ran.err.contains("Usage"),
            "{args:?}: {}",
            ran.err
        );
    }
    assert!(!here.path().join("out").exists());
}

#[test]
fn an_empty_folder_is_2_and_says_why() {
    let here = folder(&[("in/README.md", b"# nothing"), ("in/.hidden", b"{}")]);
    let ran = rehome(here.path(), &["compile", "in"]);
    assert_eq!(ran.code, 2);
    assert!(ran.out.contains("R0009"), "{}", ran.out);
    assert!(!here.path().join("out").exists());
}

#[test]
fn a_cut_off_file_is_shown_where_it_breaks() {
    let here = folder(&[("in/a.json", br#"{"results": [{"id": "web""#)]);
    let ran = rehome(here.path(), &["check", "in"]);
    assert_eq!(ran.code, 2, "no other file held anything");
    assert!(ran.out.contains("S0001"), "{}", ran.out);
    assert!(ran.out.contains("a.json:1:26"), "{}", ran.out);
}

#[cfg(unix)]
#[test]
fn a_file_that_cannot_be_read_is_2() {
    use std::os::unix::fs::symlink;
    let here = folder(&[("in/a.json", POLICY.as_bytes())]);
    symlink("/nowhere/at/all", here.path().join("in/b.json")).unwrap();
    let ran = rehome(here.path(), &["compile", "in"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("b.json"), "{}", ran.err);
    assert!(!here.path().join("out").exists());
}

#[cfg(unix)]
#[test]
fn links_that_go_in_a_circle_are_safe_and_files_are_read_once() {
    use std::os::unix::fs::symlink;
    let here = folder(&[("in/deep/a.json", POLICY.as_bytes())]);
    symlink("..", here.path().join("in/deep/up")).unwrap();
    symlink("deep", here.path().join("in/again")).unwrap();
    let ran = rehome(here.path(), &["check", "in", "in/deep/a.json", "--verbose"]);
    assert_eq!(ran.err.matches("reading ").count(), 1, "{}", ran.err);
}

#[test]
fn a_minified_export_of_one_long_line_is_shown() {
    let padding = format!(r#"{{"id": "{}"}},"#, "x".repeat(50)).repeat(40_000);
    let text = format!(r#"{{"results": [{padding}{{"id": "g", "id": "h"}}]}}"#);
    assert!(text.len() > 2_000_000);
    let here = folder(&[("in/a.json", text.as_bytes())]);
    let ran = rehome(here.path(), &["check", "in"]);
    assert!(ran.code == 1 || ran.code == 2, "{}{}", ran.code, ran.err);
    let shown: Vec<&str> = ran
        .out
        .lines()
        .filter(|line| line.contains("S0002"))
        .collect();
    assert_eq!(shown.len(), 1, "{}", ran.out);
    assert!(ran.out.len() < 20_000, "{} bytes", ran.out.len());
    let column = text.rfind(r#""id": "h""#).unwrap() + 1;
    assert!(
        ran.out.contains(&format!("a.json:1:{column} ")),
        "{}",
        ran.out
    );
}

#[test]
fn nothing_in_an_export_steers_the_terminal() {
    let here = folder(&[(
        "in/a.json",
        "{\"\u{1b}[2Jx\": 1, \"\u{202e}\": \"\u{9b}31m\"}".as_bytes(),
    )]);
    let ran = rehome(here.path(), &["check", "in"]);
    assert!(
        !ran.out.contains(['\u{1b}', '\u{202e}', '\u{9b}']),
        "{}",
        ran.out
    );
    let ran = rehome(here.path(), &["check", "in", "--color", "always"]);
    assert!(ran.out.contains("\u{1b}["), "{}", ran.out);
    assert!(!ran.out.contains("\u{1b}[2J"), "{}", ran.out);
}

#[test]
fn the_last_line_counts_constructs() {
    let here = folder(&[("in/a.json", POLICY.as_bytes())]);
    let ran = rehome(here.path(), &["check", "in"]);
    let last = ran.out.lines().last().unwrap().to_owned();
    let numbers: Vec<usize> = last
        .split(|c: char| !c.is_ascii_digit())
        .filter(|part| !part.is_empty())
        .map(|part| part.parse().unwrap())
        .collect();
    let [total, exact, approximate, dropped, accepted] = numbers[..] else {
        panic!("{last}");
    };
    assert_eq!(total, exact + approximate + dropped);
    let constructs = if total == 1 {
        "construct"
    } else {
        "constructs"
    };
    assert_eq!(
        last,
        format!(
            "{total} {constructs}: {exact} exact, {approximate} approximate, {dropped} dropped; {accepted} accepted"
        )
    );
}

#[test]
fn output_that_rehome_did_not_write_is_not_replaced() {
    let here = folder(&[
        ("in/a.json", POLICY.as_bytes()),
        ("out/precious.txt", b"mine"),
    ]);
    let ran = rehome(here.path(), &["compile", "in"]);
    assert_eq!(ran.code, 2, "{}", ran.err);
    assert!(ran.err.contains("did not write"), "{}", ran.err);
    assert_eq!(
        fs::read(here.path().join("out/precious.txt")).unwrap(),
        b"mine"
    );
    let ran = rehome(here.path(), &["compile", "in", "-o", "in"]);
    assert_eq!(ran.code, 2, "{}", ran.err);
}

#[test]
fn settings_with_a_mistake_point_at_it() {
    for (settings, words) in [
        (
            "[[accept]]\ncode = \"L9999\"\nselector = {id = \"x\"}\nreason = \"r\"\nowner = \"o\"\nuntil = \"2027-03-31\"",
            "`L9999` is no code",
        ),
        (
            "[[accept]]\ncode = \"R0002\"\nselector = {}\nreason = \"r\"\nowner = \"o\"\nuntil = \"2027-03-31\"",
            "selects nothing",
        ),
        (
            "[[accept]]\ncode = \"R0002\"\nselector = {id = \"x\"}\nreason = \" \"\nowner = \"o\"\nuntil = \"2027-03-31\"",
            "`reason` is empty",
        ),
        (
            "[[accept]]\ncode = \"R0002\"\nselector = {id = \"x\"}\nreason = \"r\"\nowner = \"o\"\nuntil = \"soon\"",
            "`until` is no date",
        ),
        (
            "[[accept]]\ncode = \"R0002\"\nselector = {id = \"x\"}\nreason = \"r\"\nowner = \"o\"",
            "missing field `until`",
        ),
        (
            "[[accept]]\ncode = \"X0001\"\nselector = {id = \"x\"}\nreason = \"r\"\nowner = \"o\"\nuntil = 2027-03-31",
            "cannot be accepted",
        ),
        ("[[acept]]\n", "unknown field `acept`"),
        ("[[accept]\n", "at in/rehome.toml:1:"),
    ] {
        let here = folder(&[
            ("in/a.json", POLICY.as_bytes()),
            ("in/rehome.toml", settings.as_bytes()),
        ]);
        let ran = rehome(here.path(), &["check", "in"]);
        assert_eq!(ran.code, 2, "{settings}");
        assert!(ran.err.contains(words), "{settings}: {}", ran.err);
        assert!(ran.err.contains("in/rehome.toml:"), "{}", ran.err);
        assert!(ran.err.contains('^'), "{}", ran.err);
    }
}

#[test]
fn an_accept_opens_the_gate_until_its_date() {
    let settings = "[[accept]]\ncode = \"unknown-export\"\nselector = { name = \"b*\" }\nreason = \"a note\"\nowner = \"me\"\nuntil = 2027-03-31\n";
    let here = folder(&[
        ("in/b.json", br#"{"hello": 1}"#),
        ("in/rehome.toml", settings.as_bytes()),
    ]);
    let count = |args: &[&str]| {
        let mut all = vec!["check", "in"];
        all.extend(args);
        let ran = rehome(here.path(), &all);
        let accepted = ran.out.trim_end().ends_with("; 1 accepted");
        (
            accepted,
            ran.out.contains("R0092"),
            ran.out.contains("R0001"),
        )
    };
    assert_eq!(count(&["--today", "2027-03-31"]), (true, false, true));
    assert_eq!(count(&["--today", "2027-04-01"]), (false, true, true));
    assert_eq!(
        count(&["--today", "2027-03-31", "--ignore-accepts"]),
        (false, false, true)
    );
}

#[test]
fn explain_finds_codes_by_id_name_and_beginning() {
    let here = folder(&[]);
    let by_id = rehome(here.path(), &["explain", "r0002"]);
    let by_name = rehome(here.path(), &["explain", "unknown-key"]);
    assert_eq!(by_id.out, by_name.out);
    assert!(by_id.out.contains("What to do"));
    let list = rehome(here.path(), &["explain", "R000"]);
    assert!(list.out.contains("R0001") && !list.out.contains("S0001"));
    assert!(rehome(here.path(), &["explain"]).out.contains("X0001"));
}

/// One file that nothing recognises beside one that holds a machine, so that the run is judged.
fn judged() -> TempDir {
    folder(&[
        ("in/b.json", br#"{"hello": 1}"#),
        (
            "in/hosts.json",
            br#"{"obj": {"type": "HostSystem", "value": "host-9"}, "changeSet": [{"name": "name", "op": "assign", "val": "esx-1"}]}"#,
        ),
    ])
}

#[test]
fn what_closes_the_gate_can_be_said() {
    let here = judged();
    for (what, code) in [
        ("error", 1),
        ("untranslatable", 1),
        ("shifts", 1),
        ("broadens", 1),
        ("R0001", 1),
        ("R", 1),
        ("unknown-export", 1),
        ("conduct,record", 0),
        ("dropped", 0),
        ("L1", 0),
        ("none", 0),
        ("nonsense", 2),
    ] {
        let ran = rehome(here.path(), &["check", "in", "--fail-on", what]);
        assert_eq!(ran.code, code, "{what}: {}{}", ran.out, ran.err);
    }
    fs::write(
        here.path().join("in/rehome.toml"),
        "[gate]\nfail-on = [\"dropped\"]\n",
    )
    .unwrap();
    assert_eq!(rehome(here.path(), &["check", "in"]).code, 0);
    assert_eq!(
        rehome(here.path(), &["check", "in", "--fail-on", "error"]).code,
        1
    );
    fs::write(
        here.path().join("in/rehome.toml"),
        "[gate]\nfail-on = [\"eror\"]\n",
    )
    .unwrap();
    assert_eq!(rehome(here.path(), &["check", "in"]).code, 2);
}

#[test]
fn only_what_is_new_closes_the_gate() {
    let here = judged();
    let before = rehome(here.path(), &["check", "in", "--format", "json"]);
    assert_eq!(before.code, 1);
    fs::write(here.path().join("before.json"), &before.out).unwrap();
    let args = ["check", "in", "--only-new", "before.json"];
    assert_eq!(rehome(here.path(), &args).code, 0);
    fs::write(here.path().join("in/c.json"), "{}").unwrap();
    assert_eq!(rehome(here.path(), &args).code, 1);
    fs::write(here.path().join("before.json"), "[]").unwrap();
    assert_eq!(rehome(here.path(), &args).code, 2);
}

#[test]
fn a_baseline_opens_the_gate_until_something_comes() {
    let here = judged();
    let day = ["--today", "2027-01-01"];
    let args = [&["baseline", "in", "--owner", "the \"team\""], &day[..]].concat();
    let ran = rehome(here.path(), &args);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.out.contains("until = \"2027-04-01\""), "{}", ran.out);
    fs::write(here.path().join("in/rehome.toml"), &ran.out).unwrap();
    let check = [&["check", "in"], &day[..]].concat();
    assert_eq!(rehome(here.path(), &check).code, 0);
    fs::write(here.path().join("in/c.json"), "{}").unwrap();
    assert_eq!(rehome(here.path(), &check).code, 1);
    assert_eq!(
        rehome(here.path(), &["baseline", "in", "--owner", " "]).code,
        2
    );
}

#[test]
fn every_format_holds_the_finding_and_is_the_same_twice() {
    let here = judged();
    for format in [
        "pretty", "concise", "json", "sarif", "junit", "github", "markdown", "html",
    ] {
        let args = ["check", "in", "--format", format];
        let ran = rehome(here.path(), &args);
        assert_eq!(ran.code, 1, "{format}: {}", ran.err);
        assert!(ran.out.contains("R0001"), "{format}: {}", ran.out);
        assert!(ran.out.contains("b.json"), "{format}: {}", ran.out);
        assert_eq!(ran.out, rehome(here.path(), &args).out, "{format}");
    }
}

#[test]
fn the_output_holds_every_report_and_is_the_same_twice() {
    let here = judged();
    let read = || {
        let mut files = Vec::new();
        let mut folders = vec![here.path().join("out")];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    files.push((path.clone(), fs::read(path).unwrap()));
                }
            }
        }
        files.sort();
        files
    };
    assert_eq!(rehome(here.path(), &["compile", "in"]).code, 1);
    let first = read();
    for name in [
        "findings.json",
        "findings.sarif",
        "junit.xml",
        "report.md",
        "report.html",
    ] {
        let path = here.path().join("out/report").join(name);
        assert!(first.iter().any(|(found, _)| *found == path), "{name}");
    }
    assert_eq!(rehome(here.path(), &["compile", "in"]).code, 1);
    assert_eq!(first, read());
}

/// The table of the page on exit codes, from the command line.
#[test]
fn each_exit_code_means_what_the_book_says() {
    let here = judged();
    fs::create_dir(here.path().join("empty")).unwrap();
    for (args, code, written) in [
        (&["compile", "in", "--fail-on", "none"][..], 0, true),
        (&["compile", "in"], 1, true),
        (&["compile", "empty"], 2, false),
        (&["compile", "nowhere"], 2, false),
        (
            &["compile", "in", "--fail-on", "nothing-of-the-kind"],
            2,
            false,
        ),
        (&["check", "in"], 1, false),
        (&["check", "in", "--fail-on", "none"], 0, false),
        (&["explain", "R0001"], 0, false),
    ] {
        let ran = rehome(here.path(), args);
        assert_eq!(ran.code, code, "{args:?}: {}", ran.err);
        let out = here.path().join("out");
        assert_eq!(out.exists(), written, "{args:?}");
        let _ = fs::remove_dir_all(out);
    }
}

#[test]
fn hostile_names_stay_inert_in_every_format() {
    let name = "</script><img src=x onerror=alert(1)>\n::error::x]]>`|@all";
    let text = format!("{{{}: 1, {}: 2}}", json(name), json(name));
    let here = folder(&[("in/a.json", text.as_bytes()), ("in/hosts.json", br#"{"obj": {"type": "HostSystem", "value": "host-9"}, "changeSet": [{"name": "name", "op": "assign", "val": "<b>"}]}"#)]);
    for format in ["html", "markdown", "junit"] {
        let ran = rehome(here.path(), &["check", "in", "--format", format]);
        assert!(ran.out.contains("S0002"), "{format}: {}", ran.out);
        assert!(!ran.out.contains("<img"), "{format}: {}", ran.out);
    }
    let html = rehome(here.path(), &["check", "in", "--format", "html"]).out;
    assert_eq!(html.matches("</script>").count(), 2, "the two of the page");
    let github = rehome(here.path(), &["check", "in", "--format", "github"]).out;
    assert!(github.lines().all(|line| line.starts_with("::")
        || line.contains("constructs:")
        || line.contains(" causes; ")));
    assert!(!github.contains("\n::error::x"), "{github}");
}

fn json(text: &str) -> String {
    format!("\"{}\"", text.replace('\n', "\\n"))
}

#[test]
fn the_version_names_the_tables_that_decide() {
    let here = folder(&[]);
    let short = rehome(here.path(), &["-V"]);
    assert_eq!(short.out.lines().count(), 1, "{}", short.out);
    let long = rehome(here.path(), &["--version"]).out;
    for release in rehome::legal::Release::ALL {
        let target = rehome::legal::Target::of(release);
        let table = rehome::report::stamp::table_version(target);
        assert!(long.contains(&format!("{target} {table}")), "{long}");
    }
}

#[test]
fn init_writes_settings_that_every_command_reads() {
    let here = folder(&[
        ("in/a.json", POLICY.as_bytes()),
        ("in/what\u{1b}[31m\nis.json", b"{\"a\": 1}"),
    ]);
    let before = rehome(here.path(), &["check", "in", "--format", "json"]);
    let shown = rehome(here.path(), &["init", "in", "--print"]);
    assert_eq!(shown.code, 0, "{}", shown.err);
    assert!(!here.path().join("in/rehome.toml").exists());
    let ran = rehome(here.path(), &["init", "in"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let written = fs::read_to_string(here.path().join("in/rehome.toml")).unwrap();
    assert_eq!(written, shown.out);
    assert!(written.contains("a.json: NSX firewall"), "{written}");
    assert!(written.contains("not recognised"), "{written}");
    assert!(!written.contains('\u{1b}'), "{written}");
    // It decides nothing.
    let after = rehome(here.path(), &["check", "in", "--format", "json"]);
    assert_eq!((after.code, after.out), (before.code, before.out));
    // The accept in it is a real one once it is no comment.
    let real: String = written
        .lines()
        .skip_while(|line| !line.starts_with("# [[accept]]"))
        .map(|line| format!("{}\n", line.trim_start_matches("# ")))
        .collect();
    assert!(real.contains("[[accept]]"), "{written}");
    fs::write(here.path().join("in/rehome.toml"), real).unwrap();
    let accepted = rehome(here.path(), &["check", "in"]);
    assert!(accepted.out.contains("1 accepted"), "{}", accepted.out);
    // What is there already is not lost.
    let again = rehome(here.path(), &["init", "in"]);
    assert_eq!(again.code, 2);
    assert!(again.err.contains("is there already"), "{}", again.err);
    assert_eq!(rehome(here.path(), &["init", "in", "--force"]).code, 0);
    let fresh = fs::read_to_string(here.path().join("in/rehome.toml")).unwrap();
    assert_eq!(fresh, written);
}

#[test]
fn completions_and_man_pages_name_every_command() {
    let here = folder(&[]);
    let commands = [
        "compile", "check", "baseline", "explain", "query", "verify", "init",
    ];
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let ran = rehome(here.path(), &["completions", shell]);
        assert_eq!(ran.code, 0, "{}", ran.err);
        for command in commands {
            assert!(ran.out.contains(command), "{shell}: {command}");
        }
    }
    let ran = rehome(here.path(), &["man", "--output", "man"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    for command in commands {
        let page = fs::read_to_string(here.path().join(format!("man/rehome-{command}.1")));
        let page = page.unwrap();
        assert!(page.contains(".SH OPTIONS"), "{page}");
        assert_eq!(page, rehome(here.path(), &["man", command]).out);
    }
    assert_eq!(rehome(here.path(), &["man", "teleport"]).code, 2);
}

#[test]
fn schemas_are_printed() {
    let here = folder(&[]);
    for document in rehome::cli::schema::Document::ALL {
        let ran = rehome(here.path(), &["schema", document.name()]);
        assert_eq!(ran.code, 0, "{}", ran.err);
        assert_eq!(ran.out, document.schema());
    }
}
