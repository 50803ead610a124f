//! A report as JUnit XML, for build servers.

use super::report::{CaseFacts, CaseReport, CaseStatus, RegressionReport};

/// The report as JUnit XML. Equal results give equal files, unless `times` asks for the seconds that cases took on this host. Cases that were left
/// out are `skipped`.
pub fn junit(report: &RegressionReport, times: bool) -> String {
    let time = |seconds: f64| if times { format!(" time=\"{seconds:.3}\"") } else { String::new() };
    let (tests, failures, errors) =
        (report.cases.len() + report.left.len(), report.failed(), report.errors());
    let mut counts = format!("tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\"");
    if !report.left.is_empty() {
        counts += &format!(" skipped=\"{}\"", report.left.len());
    }
    let name = escape(&report.name);
    let seconds: f64 = report.cases.iter().map(|case| case.host_seconds).sum();
    counts += &time(seconds);
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    out += &format!("<testsuites name=\"spikemesh\" {counts}>\n");
    out += &format!("  <testsuite name=\"{name}\" {counts}>\n");
    for case in &report.cases {
        out += &testcase(&name, case, &time(case.host_seconds));
    }
    for case in &report.left {
        out += &format!("    <testcase classname=\"{name}\" name=\"{}\">\n", escape(case));
        out += "      <skipped message=\"interrupted\"/>\n    </testcase>\n";
    }
    out += "  </testsuite>\n</testsuites>\n";
    out
}

fn testcase(suite: &str, case: &CaseReport, time: &str) -> String {
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
    let name = escape(&case.name);
    let mut text =
        format!("    <testcase classname=\"{suite}\" name=\"{name}\"{time}>\n{}", properties(case));
    // One element of a kind, as readers expect: the first problem is its message, all of them its text.
    if let Some((element, code, message)) = problems.first() {
        let all: Vec<String> =
            problems.iter().map(|(_, code, message)| format!("{code}: {message}")).collect();
        text += &format!(
            "      <{element} type=\"{}\" message=\"{}\">{}</{element}>\n",
            escape(code),
            escape(message),
            escape(&all.join("\n"))
        );
    }
    text + "    </testcase>\n"
}

/// What a case is, and what it took.
fn properties(case: &CaseReport) -> String {
    let mut rows = Vec::new();
    if let Some(CaseFacts { tags, model, device, mode, batch }) = &case.facts {
        rows.extend([("model", model.clone()), ("device", device.clone()), ("mode", mode.clone())]);
        rows.push(("batch", batch.to_string()));
        rows.extend(tags.iter().map(|tag| ("tag", tag.clone())));
    }
    if case.frames > 0 {
        rows.extend([("frames", case.frames.to_string()), ("cycles", case.cycles.to_string())]);
    }
    if rows.is_empty() {
        return String::new();
    }
    let rows: String = rows
        .iter()
        .map(|(name, value)| format!("        <property name=\"{name}\" value=\"{}\"/>\n", escape(value)))
        .collect();
    format!("      <properties>\n{rows}      </properties>\n")
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
            facts: None,
            name: name.into(),
            frames: 0,
            cycles: 0,
            ambiguous: false,
            status,
            failed: None,
            host_seconds: 0.25,
        };
        let facts = CaseFacts {
            tags: vec!["<slow>".into()],
            model: "m.fbz".into(),
            device: "akd1000".into(),
            mode: "minimal".into(),
            batch: 2,
        };
        let fine =
            CaseReport { facts: Some(facts), frames: 3, cycles: 70, ..case("fine", CaseStatus::Passed) };
        let mismatch = Mismatch::Cycles { frame: 2, expected: 10, found: 11 };
        let report = RegressionReport {
            name: "a<b".into(),
            cases: vec![
                fine,
                case("\"q\" & \u{1}", CaseStatus::Failed(vec![mismatch])),
                case("no", CaseStatus::Error(vec![super::super::Error::NoFrames])),
            ],
            left: vec!["late".into()],
        };
        let expected = r#"<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="spikemesh" tests="4" failures="1" errors="1" skipped="1" time="0.750">
  <testsuite name="a&lt;b" tests="4" failures="1" errors="1" skipped="1" time="0.750">
    <testcase classname="a&lt;b" name="fine" time="0.250">
      <properties>
        <property name="model" value="m.fbz"/>
        <property name="device" value="akd1000"/>
        <property name="mode" value="minimal"/>
        <property name="batch" value="2"/>
        <property name="tag" value="&lt;slow&gt;"/>
        <property name="frames" value="3"/>
        <property name="cycles" value="70"/>
      </properties>
    </testcase>
    <testcase classname="a&lt;b" name="&quot;q&quot; &amp; �" time="0.250">
      <failure type="regression::cycles" message="frame 2: cycles 10 -&gt; 11 (+1, +10.0 %)">regression::cycles: frame 2: cycles 10 -&gt; 11 (+1, +10.0 %)</failure>
    </testcase>
    <testcase classname="a&lt;b" name="no" time="0.250">
      <error type="regression::no_frames" message="the case runs no frame">regression::no_frames: the case runs no frame</error>
    </testcase>
    <testcase classname="a&lt;b" name="late">
      <skipped message="interrupted"/>
    </testcase>
  </testsuite>
</testsuites>
"#;
        assert_eq!(junit(&report, true), expected);
        let without = ["0.750", "0.250"]
            .iter()
            .fold(expected.to_owned(), |text, seconds| text.replace(&format!(" time=\"{seconds}\""), ""));
        assert_eq!(junit(&report, false), without);
    }
}
