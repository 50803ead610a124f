//! A report as JUnit XML, for build servers.

use super::report::{CaseReport, CaseStatus, RegressionReport};

/// The report as JUnit XML. It holds no times, so that equal results give equal files. Cases that were left out are `skipped`.
pub fn junit(report: &RegressionReport) -> String {
    let (tests, failures, errors) =
        (report.cases.len() + report.left.len(), report.failed(), report.errors());
    let mut counts = format!("tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\"");
    if !report.left.is_empty() {
        counts += &format!(" skipped=\"{}\"", report.left.len());
    }
    let name = escape(&report.name);
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    out += &format!("<testsuites name=\"spikemesh\" {counts}>\n");
    out += &format!("  <testsuite name=\"{name}\" {counts}>\n");
    for case in &report.cases {
        out += &testcase(&name, case);
    }
    for case in &report.left {
        out += &format!("    <testcase classname=\"{name}\" name=\"{}\">\n", escape(case));
        out += "      <skipped message=\"interrupted\"/>\n    </testcase>\n";
    }
    out += "  </testsuite>\n</testsuites>\n";
    out
}

fn testcase(suite: &str, case: &CaseReport) -> String {
    let problems: Vec<(&str, String, String)> = match &case.status {
        CaseStatus::Passed | CaseStatus::Blessed => Vec::new(),
        CaseStatus::Failed(mismatches) => {
            mismatches.iter().map(|m| ("failure", m.code().to_owned(), m.to_string())).collect()
        }
        CaseStatus::Error(errors) => errors
            .iter()
            .map(|e| {
                let code = miette::Diagnostic::code(e).map(|code| code.to_string()).unwrap_or_default();
                ("error", code, e.to_string())
            })
            .collect(),
    };
    let head = format!("    <testcase classname=\"{suite}\" name=\"{}\"", escape(&case.name));
    // One element of a kind, as readers expect: the first problem is its message, all of them its text.
    let Some((element, code, message)) = problems.first() else { return head + "/>\n" };
    let text: Vec<String> = problems.iter().map(|(_, code, message)| format!("{code}: {message}")).collect();
    format!(
        "{head}>\n      <{element} type=\"{}\" message=\"{}\">{}</{element}>\n    </testcase>\n",
        escape(code),
        escape(message),
        escape(&text.join("\n"))
    )
}

/// Text for an attribute or an element. Characters that XML cannot hold at all become a replacement character.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out += "&amp;",
            '<' => out += "&lt;",
            '>' => out += "&gt;",
            '"' => out += "&quot;",
            '\'' => out += "&apos;",
            '\n' => out += "&#10;",
            '\t' => out += "&#9;",
            '\r' => out += "&#13;",
            '\u{0}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::regression::Mismatch;

    #[test]
    fn names_and_messages_are_escaped_and_counted() {
        let case = |name: &str, status| CaseReport {
            rules: None,
            name: name.into(),
            frames: 1,
            cycles: 1,
            ambiguous: false,
            status,
        };
        let mismatch = Mismatch::Cycles { frame: 2, expected: 10, found: 11 };
        let report = RegressionReport {
            name: "a<b".into(),
            cases: vec![
                case("fine", CaseStatus::Passed),
                case("\"q\" & \u{1}", CaseStatus::Failed(vec![mismatch])),
                case("no", CaseStatus::Error(vec![super::super::Error::NoFrames])),
            ],
            left: vec!["late".into()],
        };
        let expected = r#"<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="spikemesh" tests="4" failures="1" errors="1" skipped="1">
  <testsuite name="a&lt;b" tests="4" failures="1" errors="1" skipped="1">
    <testcase classname="a&lt;b" name="fine"/>
    <testcase classname="a&lt;b" name="&quot;q&quot; &amp; �">
      <failure type="regression::cycles" message="frame 2: expected 10 cycles, got 11">regression::cycles: frame 2: expected 10 cycles, got 11</failure>
    </testcase>
    <testcase classname="a&lt;b" name="no">
      <error type="regression::no_frames" message="the case runs no frame">regression::no_frames: the case runs no frame</error>
    </testcase>
    <testcase classname="a&lt;b" name="late">
      <skipped message="interrupted"/>
    </testcase>
  </testsuite>
</testsuites>
"#;
        assert_eq!(junit(&report), expected);
    }
}
