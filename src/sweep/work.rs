//! All points of a sweep: which are there, which are left, and all that are left on all threads.

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use rayon::prelude::*;

use super::error::Error;
use super::materials::Materials;
use super::plan::Plan;
use super::point::{Point, PointKeys};
use super::programs::Programs;
use super::record::PointRecord;
use super::refusal::{PointStatus, Refusal};
use super::results::{CSV, PARQUET, TableFacts, write_tables};
use super::simulate::{Compared, Stopped, simulate};
use super::space::Space;
use super::store::Store;
use crate::Stop;
use crate::process_status::thread_cpu_seconds;
use crate::threads::Threads;

/// A space, its files, and the folder of its points.
pub struct Sweep {
    space: Space,
    materials: Materials,
    store: Store,
}

/// What was done of a sweep by this process.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ran {
    /// Points that were simulated.
    pub simulated: u64,
    /// Points that another process had finished meanwhile.
    pub found: u64,
    /// Of those that were simulated, points whose outputs differ from the engine's.
    pub different: u64,
    /// Microseconds of processors that points took.
    pub host_microseconds: u64,
}

impl Sweep {
    /// Reads the files of a space, and opens the folder.
    ///
    /// # Errors
    /// All files that cannot be read; the folder holds other files, or cannot be read or made.
    pub fn open(space: Space, folder: &Path) -> Result<Sweep, Vec<Error>> {
        let materials = Materials::of(&space)?;
        let store = Store::open(folder).map_err(|error| vec![error])?;
        Ok(Sweep { space, materials, store })
    }

    /// The space.
    pub fn space(&self) -> &Space {
        &self.space
    }

    /// Looks which points are there. `share` is a number from 1 and how many shares there are: only points of the share are left.
    ///
    /// # Errors
    /// A point that is there cannot be read; stopped.
    pub fn plan(&self, share: Option<(u64, u64)>, stop: &Stop) -> Result<Plan, Error> {
        struct Looked {
            digest: String,
            keys: PointKeys,
            there: bool,
        }
        let look = |index: u64| -> Result<Option<Result<Looked, Refusal>>, Error> {
            if stop.is_set() {
                return Ok(None);
            }
            let point = match Point::of(&self.space, index, &self.materials, None) {
                Ok(point) => point,
                Err(refusal) => return Ok(Some(Err(refusal))),
            };
            let digest = point.identity.digest();
            let there = self.store.read(&digest)?.is_some();
            Ok(Some(Ok(Looked { digest, keys: point.keys(), there })))
        };
        let looked: Vec<_> = (0..self.space.len()).into_par_iter().map(look).collect::<Result<_, _>>()?;
        let mut plan = Plan::default();
        let mut seen = HashSet::new();
        let mut left: Vec<([u8; 16], u64)> = Vec::new();
        for (index, looked) in (0..).zip(looked) {
            let points = self.space.len();
            let looked = looked.ok_or(Error::Stopped { left: points, points })?;
            plan.digests.push(looked.as_ref().ok().map(|looked| looked.digest.clone()));
            match looked {
                Err(refusal) => drop(plan.refused.insert(index, refusal)),
                Ok(looked) if !seen.insert(looked.digest.clone()) => {}
                Ok(looked) if looked.there => plan.cached += 1,
                Ok(looked) => {
                    left.push((looked.keys.program, index));
                    plan.keys.insert(index, looked.keys);
                }
            }
        }
        if let Some((number, of)) = share {
            left.retain(|(_, index)| index % of == number - 1);
        }
        // Programs in the order of their first points.
        let mut first: HashMap<[u8; 16], u64> = HashMap::new();
        for &(program, index) in &left {
            first.entry(program).or_insert(index);
        }
        left.sort_by_key(|(program, index)| (first[program], *index));
        plan.left = left.into_iter().map(|(_, index)| index).collect();
        Ok(plan)
    }

    /// Simulates the points that a plan has left, as [`Sweep::run`] does.
    ///
    /// # Errors
    /// As [`Sweep::run`].
    pub fn run_plan(&self, plan: &Plan, stop: &Stop, done: &(dyn Fn() + Sync)) -> Result<Ran, Error> {
        self.run_known(&plan.left, &plan.keys, stop, done)
    }

    /// Simulates points, on all threads of the pool that it is called on; those that are there meanwhile are left out. `done` is called after each. Any
    /// number of processes may run points of one folder.
    ///
    /// # Errors
    /// A record cannot be written or read, or the sweep was stopped: what is finished is there.
    pub fn run(&self, points: &[u64], stop: &Stop, done: &(dyn Fn() + Sync)) -> Result<Ran, Error> {
        self.run_known(points, &HashMap::new(), stop, done)
    }

    fn run_known(
        &self,
        points: &[u64],
        keys: &HashMap<u64, PointKeys>,
        stop: &Stop,
        done: &(dyn Fn() + Sync),
    ) -> Result<Ran, Error> {
        let jobs = rayon::current_num_threads().clamp(1, points.len().max(1));
        let work = Work {
            sweep: self,
            keys,
            programs: Programs::new(jobs),
            compared: Once::default(),
            stop,
            ended: Mutex::new(None),
            counts: Default::default(),
        };
        // Processes that share a folder begin at different places, so that they meet late.
        let begin = if points.len() > jobs { somewhere() % points.len() } else { 0 };
        let next = AtomicUsize::new(0);
        let all = || {
            loop {
                let index = next.fetch_add(1, Ordering::Relaxed);
                if index >= points.len() || !work.goes_on() {
                    return;
                }
                work.point(points[(begin + index) % points.len()]);
                done();
            }
        };
        Threads::side_by_side(jobs, all)?;
        let [simulated, found, different, host_microseconds] = work.counts.map(AtomicU64::into_inner);
        let ended = work.ended.into_inner().unwrap_or_else(PoisonError::into_inner);
        let all = points.len() as u64;
        match ended {
            Some(error) => Err(error),
            None if simulated + found < all => {
                Err(Error::Stopped { left: all - simulated - found, points: all })
            }
            None => Ok(Ran { simulated, found, different, host_microseconds }),
        }
    }

    /// The record of a point, and whether it was simulated: otherwise it was there.
    ///
    /// # Errors
    /// As [`Sweep::run`].
    pub fn point(&self, index: u64, stop: &Stop) -> Result<(PointRecord, bool), Error> {
        let point = match Point::of(&self.space, index, &self.materials, None) {
            Ok(point) => point,
            Err(refusal) => return Ok((PointRecord::without_device(refusal), false)),
        };
        let digest = point.identity.digest();
        let ran = self.run(&[index], stop, &|| {})?;
        Ok((self.store.record(&digest)?, ran.simulated > 0))
    }

    /// Writes the table of all points, as `.csv` and `.parquet`.
    ///
    /// # Errors
    /// A point has no result, or cannot be read; a table cannot be written.
    pub fn collect(&self, plan: &Plan) -> Result<TableFacts, Error> {
        let columns: Vec<String> =
            self.space.axes().iter().map(|axis| format!("{}={}", axis.name, axis.values.len())).collect();
        let identity = crate::run::sha256(self.space.identity().as_bytes());
        let text = format!(
            "{{\"schema\":\"{}\",\"space_sha256\":\"{identity}\",\"points\":{},\"axes\":{columns:?}}}\n",
            crate::document::Schema::Space,
            self.space.len()
        );
        self.store.begin(&text, &[CSV, PARQUET])?;
        write_tables(&self.space, plan, &self.store)
    }
}

/// A number that differs from process to process. No result depends on it.
fn somewhere() -> usize {
    let nanos = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| u64::from(time.subsec_nanos()));
    (nanos ^ u64::from(std::process::id()).wrapping_mul(0x9E37_79B9_7F4A_7C15)) as usize >> 1
}

/// Points that are being simulated.
struct Work<'a> {
    sweep: &'a Sweep,
    keys: &'a HashMap<u64, PointKeys>,
    programs: Programs,
    compared: Once,
    stop: &'a Stop,
    /// Why it ended before its end.
    ended: Mutex<Option<Error>>,
    /// Simulated, found, different, and their microseconds.
    counts: [AtomicU64; 4],
}

impl Work<'_> {
    fn goes_on(&self) -> bool {
        !self.stop.is_set() && self.ended.lock().unwrap_or_else(PoisonError::into_inner).is_none()
    }

    fn point(&self, index: u64) {
        if let Err(error) = self.attempt(index) {
            self.ended.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
        }
    }

    fn attempt(&self, index: u64) -> Result<(), Error> {
        let Sweep { space, materials, store } = self.sweep;
        // A device that cannot be made is a row without a folder.
        let Ok(point) = Point::of(space, index, materials, self.keys.get(&index)) else {
            self.counts[1].fetch_add(1, Ordering::Relaxed);
            return Ok(());
        };
        let digest = point.identity.digest();
        if store.has(&digest) && store.read(&digest)?.is_some() {
            self.counts[1].fetch_add(1, Ordering::Relaxed);
            return Ok(());
        }
        let begin = thread_cpu_seconds();
        match simulate(&point, &self.programs, materials, &self.compared, self.stop) {
            Ok(record) => {
                let cpu = begin
                    .and_then(|begin| Some(thread_cpu_seconds()? - begin))
                    .unwrap_or(record.host_seconds);
                store.write(&digest, &record)?;
                self.counts[0].fetch_add(1, Ordering::Relaxed);
                let differs = record.status == PointStatus::Mismatch;
                self.counts[2].fetch_add(differs.into(), Ordering::Relaxed);
                self.counts[3].fetch_add((cpu * 1e6) as u64, Ordering::Relaxed);
                Ok(())
            }
            Err(Stopped) => Ok(()),
        }
    }
}

/// A program and what goes in: points with the same one give the same outputs.
type OutputKey = ([u8; 16], String, u64, u64);

/// One point of each program is compared with the engine; the others must give its outputs.
#[derive(Default)]
struct Once(Mutex<HashMap<OutputKey, Option<String>>>);

impl Once {
    fn key(point: &Point) -> OutputKey {
        (point.program, point.input.clone(), point.identity.frames, point.identity.batch)
    }
}

impl Compared for Once {
    fn begin(&self, point: &Point) -> bool {
        let mut compared = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match compared.entry(Once::key(point)) {
            std::collections::hash_map::Entry::Occupied(_) => false,
            std::collections::hash_map::Entry::Vacant(entry) => {
                entry.insert(None);
                true
            }
        }
    }

    fn outputs(&self, point: &Point, outputs: &str, compared: bool) -> bool {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = all.entry(Once::key(point)).or_default();
        match known {
            _ if compared => {
                *known = Some(outputs.to_owned());
                true
            }
            // It is being compared.
            None => true,
            Some(known) => known == outputs,
        }
    }
}
