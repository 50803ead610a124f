//! A trace for people.

use std::fmt::Write as _;

use crate::cli::table::{Align, Table};
use crate::trace::{Bar, LatencyStats, TraceReport};
use crate::words::{fixed, plural, share, thousands};

/// Columns of the longest bar of a histogram.
const BAR: u64 = 40;

/// The summary, with `top` rows of each table.
pub(super) fn text(report: &TraceReport, top: usize, histogram: bool) -> String {
    let mut text = head(report);
    let unknown = || "-".to_owned();
    let latency = |latency: &Option<LatencyStats>| {
        let value =
            |of: fn(&LatencyStats) -> u64| latency.as_ref().map_or_else(unknown, |l| thousands(of(l)));
        [value(|l| l.p50), value(|l| l.p99), value(|l| l.max)]
    };
    let mut section = |title: &str, count: usize, heading: &[&str], words: usize, rows: Vec<Vec<String>>| {
        if rows.is_empty() {
            return;
        }
        let columns: Vec<(&str, Align)> = (0..)
            .zip(heading)
            .map(|(index, name)| (*name, if index < words { Align::Left } else { Align::Right }))
            .collect();
        let mut table = Table::new(&columns);
        let shown = rows.len();
        rows.into_iter().for_each(|row| table.row(row));
        let rest = if shown < count { format!(", {shown} of {}", thousands(count)) } else { String::new() };
        let _ = write!(text, "\n{title}{rest}\n{table}\n");
    };
    const LATENCY: [&str; 3] = ["p50\ncycles", "p99\ncycles", "max\ncycles"];
    let with_latency = |first: &[&'static str]| [first, &["packets", "flits"], &LATENCY].concat();
    let counts = |packets: u64, flits: u64| [thousands(packets), thousands(flits)];

    let rows = report.classes.iter().map(|row| {
        [&[row.class.to_string()][..], &counts(row.packets, row.flits), &latency(&row.latency)].concat()
    });
    section("classes", report.classes.len(), &with_latency(&["class"]), 1, rows.collect());
    if report.kinds.iter().any(|row| row.kind.is_some()) {
        let rows = report.kinds.iter().map(|row| {
            let kind = row.kind.map_or_else(unknown, str::to_owned);
            [&[kind][..], &counts(row.packets, row.flits), &latency(&row.latency)].concat()
        });
        section("kinds", report.kinds.len(), &with_latency(&["kind"]), 1, rows.collect());
    }
    if report.frames.iter().any(|row| row.frame.is_some()) {
        let rows = report.frames.iter().take(top).map(|row| {
            let frame = row.frame.map_or_else(unknown, |frame| frame.to_string());
            let cycles = [row.first_cycle, row.last_cycle].map(thousands);
            [&[frame][..], &counts(row.packets, row.flits), &cycles].concat()
        });
        let heading = ["frame", "packets", "flits", "first\ncycle", "last\ncycle"];
        section("frames, by creation", report.frames.len(), &heading, 1, rows.collect());
    }
    let rows = busiest(&report.layers, top, |row| row.flits).into_iter().map(|row| {
        let [from, to] = [&row.from, &row.to].map(|layer| layer.clone().unwrap_or_else(unknown));
        [&[from, to][..], &counts(row.packets, row.flits), &latency(&row.latency)].concat()
    });
    section("layers", report.layers.len(), &with_latency(&["from", "to"]), 2, rows.collect());
    let rows = busiest(&report.routes, top, |row| row.flits).into_iter().map(|row| {
        let routers = row.routers.map_or_else(unknown, |routers| routers.to_string());
        let ends = [row.from.clone(), row.to.clone()];
        [&ends[..], &[routers], &counts(row.packets, row.flits), &latency(&row.latency)].concat()
    });
    let heading = with_latency(&["from", "to", "routers"]);
    section("routes", report.routes.len(), &heading, 2, rows.collect());
    if let Some(links) = &report.links {
        let rows = busiest(links, top, |row| row.flits)
            .into_iter()
            .map(|row| vec![row.name.clone(), thousands(row.flits), share(row.share)]);
        section("links", links.len(), &["link", "flits", "of the cycles"], 1, rows.collect());
    }
    let rows =
        busiest(&report.terminals, top, |row| row.sent_flits + row.received_flits).into_iter().map(|row| {
            let figures = [row.sent_packets, row.sent_flits, row.received_packets, row.received_flits];
            let name = [row.name.clone(), row.layer.clone().unwrap_or_else(unknown)];
            [&name[..], &figures.map(thousands)].concat()
        });
    let heading =
        ["terminal", "layer", "sent\npackets", "sent\nflits", "received\npackets", "received\nflits"];
    section("terminals", report.terminals.len(), &heading, 2, rows.collect());
    if histogram {
        let histograms = &report.histograms;
        if let Some(latency) = &histograms.latency {
            bars(&mut text, "latency in cycles", latency);
        }
        bars(&mut text, "size in flits", &histograms.size);
        bars(&mut text, "creation, by cycle", &histograms.created);
    }
    text.truncate(text.trim_end().len());
    text
}

fn head(report: &TraceReport) -> String {
    let mut text = String::new();
    let mut line = |what: &str, value: String| {
        let _ = writeln!(text, "{what:>9}  {value}");
    };
    let unknown = || "unknown".to_owned();
    line("trace", report.trace.clone());
    line(
        "device",
        match (&report.device, &report.device_sha256) {
            (Some(name), Some(sha256)) => format!("{name}, {}", sha256.chars().take(12).collect::<String>()),
            _ => unknown(),
        },
    );
    line("model", report.model.clone().unwrap_or_else(unknown));
    let units =
        report.units.map_or_else(String::new, |units| format!(", {}", plural(units, "unit", "units")));
    line(
        "mesh",
        match (report.columns, report.rows) {
            (Some(columns), Some(rows)) => format!("{columns} x {rows} nodes{units}"),
            _ => unknown(),
        },
    );
    let selected = if report.packets == report.all_packets {
        String::new()
    } else {
        format!(" of {}", thousands(report.all_packets))
    };
    let flits = if report.flits == 1 { "flit" } else { "flits" };
    line("packets", format!("{}{selected}, {} {flits}", thousands(report.packets), thousands(report.flits)));
    if report.to_several > 0 {
        let (several, arrivals) = (thousands(report.to_several), thousands(report.arrivals));
        line("targets", format!("{several} of the packets have several; {arrivals} arrivals in all"));
    }
    if let (Some(first), Some(last), Some(span)) = (report.first_cycle, report.last_cycle, report.span) {
        let end = if report.no_latency.is_none() { "arrival" } else { "creation" };
        let cycles = [first, last, span].map(thousands);
        line("cycles", format!("{} to {}, the last {end}: {}", cycles[0], cycles[1], cycles[2]));
    }
    line(
        "latency",
        match &report.latency {
            Some(LatencyStats { mean, p50, p99, max }) => format!(
                "{} cycles on average, {} in the median, {} for 99 %, {} at most",
                fixed(*mean, 2),
                thousands(*p50),
                thousands(*p99),
                thousands(*max)
            ),
            None => {
                report.no_latency.map_or_else(|| "no packets".to_owned(), |why| format!("unknown: {why}"))
            }
        },
    );
    if let Some(why) = report.no_links {
        line("links", format!("unknown: {why}"));
    }
    if !report.written.is_empty() {
        line("written", report.written.join(", "));
    }
    text
}

/// The rows with the greatest value, in that order; of equal ones the first.
fn busiest<T>(rows: &[T], top: usize, value: impl Fn(&T) -> u64) -> Vec<&T> {
    let mut all: Vec<&T> = rows.iter().collect();
    all.sort_by_key(|row| std::cmp::Reverse(value(row)));
    all.truncate(top);
    all
}

fn bars(text: &mut String, title: &str, bars: &[Bar]) {
    let most = bars.iter().map(|bar| bar.packets).max().unwrap_or(0).max(1);
    let mut table = Table::new(&[(title, Align::Right), ("packets", Align::Right), ("", Align::Left)]);
    for &Bar { from, to, packets, .. } in bars {
        let range =
            if from == to { thousands(from) } else { format!("{} to {}", thousands(from), thousands(to)) };
        // A bar for every packet that there is, however few.
        let length = (packets as u128 * u128::from(BAR)).div_ceil(u128::from(most)) as usize;
        table.row([range, thousands(packets), "#".repeat(length)]);
    }
    let _ = write!(text, "\n{table}\n");
}
