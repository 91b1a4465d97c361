//! Compares cases: one engine with the other, one size with another.

use super::{options::CaseName, report::BenchRow};
use crate::segmenter::InferenceEngine;

const CASE: &str = "ratios";

/// All ratios that these cases allow.
pub(super) fn rows(cases: &[(&CaseName, Vec<BenchRow>)]) -> Vec<BenchRow> {
    let mut all = Vec::new();
    for (name, rows) in cases {
        let find = |size, engine| {
            let wanted = CaseName { size, engine, ..(*name).clone() };
            cases.iter().find(|(other, _)| **other == wanted).map(|(_, rows)| rows.as_slice())
        };
        if name.engine == InferenceEngine::Fast
            && let Some(burn) = find(name.size, InferenceEngine::Burn)
        {
            all.extend(engines(name, rows, burn));
        }
        // The smallest size from 720p on is the baseline.
        let same = |other: &&CaseName| (&other.label, other.engine) == (&name.label, name.engine);
        let sizes = cases.iter().map(|(other, _)| *other).filter(same).map(|other| other.size);
        let least = sizes.filter(|size| size.height >= 720).min_by_key(|size| size.area());
        if let Some(least) = least.filter(|least| least.area() < name.size.area())
            && let Some(before) = find(least, name.engine)
        {
            let area = name.size.area() as f64 / least.area() as f64;
            all.extend(sizes_apart(&format!("{} over {least}", name.size), area, rows, before));
        }
    }
    all
}

fn engines(name: &CaseName, fast: &[BenchRow], burn: &[BenchRow]) -> Vec<BenchRow> {
    let pairs = [("model", "model (burn)"), ("whole frame, GPU", "whole frame, GPU")];
    let ratios = pairs.into_iter().filter_map(|(ours, theirs)| {
        let of = |rows: &[BenchRow], name: &str| rows.iter().find(|row| row.name == name).cloned();
        let (ours, theirs) = (of(fast, ours)?, of(burn, theirs)?);
        let what = format!("{}: {}, burn over fast", name.size, ours.name);
        Some(BenchRow::ratios(CASE, &what, &theirs, &ours))
    });
    ratios.flatten().collect()
}

/// Time per pixel relative to a smaller size, for passes whose bytes grow with the frame.
fn sizes_apart(what: &str, area: f64, rows: &[BenchRow], before: &[BenchRow]) -> Vec<BenchRow> {
    let ratio = |row: &BenchRow| {
        let other = before.iter().find(|other| other.name == row.name)?;
        let grows = row.bytes? / other.bytes? > 0.8 * area;
        let name = |by: &str| format!("{}: time per pixel, {what}, {by}", row.name);
        let rows = [
            BenchRow::one(CASE, &name("p50"), "×", row.p50 / other.p50 / area),
            BenchRow::one(CASE, &name("min"), "×", row.min / other.min / area),
        ];
        grows.then_some(rows)
    };
    rows.iter().filter_map(ratio).flatten().collect()
}
