//! A model as its Python objects share it: the model, its engine and its program while they are current, statistics, observers.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use pyo3::prelude::*;
use spikemesh::compiler::Mode;
use spikemesh::device::Device;
use spikemesh::engine::{self, Engine, LayerStatistics, Statistics};
use spikemesh::mapping::{MappingOptions, map_model};
use spikemesh::model::{self, Layer, LayerId, Model, Parameters};
use spikemesh::{Refusal, Stop};

use crate::executable::Executable;

/// Identifies a layer as long as it is in its model, whatever its position.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LayerKey(pub u64);

/// A Python function that observes a layer.
#[derive(Clone)]
pub struct Observer {
    pub key: LayerKey,
    pub callback: Arc<Py<PyAny>>,
}

/// A model on a device.
pub struct MappedModel {
    pub model: Model,
    pub executable: Executable,
}

/// Samples, input events, output events and operations of a layer, all samples.
pub type Counts = (u64, u64, u64, u64);

/// A model as its Python objects share it.
pub struct SharedModel(Mutex<ModelState>);

/// The state that [`SharedModel`] guards. Everything derived from the model is dropped when it changes.
#[derive(Default)]
pub struct ModelState {
    model: Model,
    changes: u64,
    keys: Vec<LayerKey>,
    next_key: u64,
    counted: Vec<LayerStatistics>,
    /// Statistics of each layer before any sample, as far as they were asked for.
    uncounted: Vec<Option<LayerStatistics>>,
    engine: Option<Arc<Engine>>,
    mapped: Option<Arc<MappedModel>>,
    observers: BTreeMap<u64, Observer>,
    next_observer: u64,
}

impl SharedModel {
    /// A model with all its layers.
    pub fn new(model: Model) -> Arc<SharedModel> {
        let layers = model.layers().len();
        let mut state = ModelState { model, ..ModelState::default() };
        for _ in 0..layers {
            state.add_key();
        }
        Arc::new(SharedModel(Mutex::new(state)))
    }

    /// The state. The holder of the lock must not wait for the interpreter.
    pub fn lock(&self) -> MutexGuard<'_, ModelState> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ModelState {
    /// The model.
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// The model, to be changed.
    pub fn change(&mut self) -> &mut Model {
        self.changes += 1;
        self.engine = None;
        self.mapped = None;
        self.uncounted.fill(None);
        &mut self.model
    }

    /// The key of a layer.
    pub fn key(&self, id: LayerId) -> Option<LayerKey> {
        self.keys.get(id.0).copied()
    }

    /// Where a layer is now, if it still is in the model.
    pub fn find(&self, key: LayerKey) -> Option<LayerId> {
        self.keys.iter().position(|k| *k == key).map(LayerId)
    }

    fn add_key(&mut self) -> LayerKey {
        let key = LayerKey(self.next_key);
        self.next_key += 1;
        self.keys.push(key);
        self.counted.push(LayerStatistics::default());
        self.uncounted.push(None);
        key
    }

    /// Adds a layer without weights.
    pub fn add(
        &mut self,
        name: &str,
        parameters: Parameters,
        inbound: &[LayerId],
    ) -> Result<LayerKey, Vec<model::Error>> {
        self.change().add(name, parameters, inbound)?;
        Ok(self.add_key())
    }

    /// Removes the last layer and its observers.
    pub fn pop(&mut self) -> Option<Layer> {
        let layer = self.change().pop()?;
        self.counted.pop();
        self.uncounted.pop();
        if let Some(key) = self.keys.pop() {
            self.observers.retain(|_, observer| observer.key != key);
        }
        Some(layer)
    }

    /// The engine of the model as it is.
    pub fn engine(&mut self) -> Result<Arc<Engine>, Vec<engine::Error>> {
        if let Some(engine) = &self.engine {
            return Ok(engine.clone());
        }
        let engine = Arc::new(Engine::new(&self.model)?);
        self.engine = Some(engine.clone());
        Ok(engine)
    }

    /// The engine of the model as it is, unshared, for learning.
    pub fn take_engine(&mut self) -> Result<Engine, Vec<engine::Error>> {
        match self.engine.take().map(Arc::try_unwrap) {
            Some(Ok(engine)) => Ok(engine),
            Some(Err(_)) | None => Engine::new(&self.model),
        }
    }

    /// Takes back an engine that has learned, with what it learned and its statistics. Returns false, and changes nothing, if the model has
    /// changed since `before`.
    pub fn learned(&mut self, before: u64, mut engine: Engine, statistics: &Statistics) -> bool {
        if self.changes != before {
            return false;
        }
        engine.write_learned(self.change());
        let engine = Arc::new(engine);
        self.engine = Some(engine.clone());
        self.count(&engine, statistics);
        true
    }

    /// How often the model has changed.
    pub fn changes(&self) -> u64 {
        self.changes
    }

    /// The program of the model as it is.
    pub fn mapped(
        &mut self,
        device: &Arc<Device>,
        mode: Mode,
        stop: &Stop,
    ) -> Result<Arc<MappedModel>, Vec<Refusal>> {
        if let Some(mapped) = &self.mapped {
            return Ok(mapped.clone());
        }
        let program =
            map_model(&self.model, device.as_ref(), &MappingOptions::new(mode).with_stop(stop))?.program;
        let mapped = Arc::new(MappedModel {
            model: self.model.clone(),
            executable: Executable::new(program, device.clone()),
        });
        self.mapped = Some(mapped.clone());
        Ok(mapped)
    }

    /// Adds the statistics of a run on `engine`; ignored if the model has changed since.
    pub fn count(&mut self, engine: &Arc<Engine>, statistics: &Statistics) {
        if self.engine.as_ref().is_some_and(|current| Arc::ptr_eq(current, engine)) {
            for (total, more) in self.counted.iter_mut().zip(&statistics.layers) {
                total.add(more);
            }
        }
    }

    /// Statistics of a layer since the model was made.
    pub fn statistics(&mut self, id: LayerId) -> LayerStatistics {
        let mut statistics = match (&self.engine, &mut self.uncounted[id.0]) {
            (Some(engine), _) => engine.layer_statistics(id),
            (None, Some(statistics)) => statistics.clone(),
            (None, none) => none.insert(LayerStatistics::new(self.model.layer(id))).clone(),
        };
        statistics.add(&self.counted[id.0]);
        statistics
    }

    /// The counts of every layer.
    pub fn counts(&self) -> Vec<Counts> {
        let count = |of: &LayerStatistics| (of.samples, of.input_events, of.output_events, of.operations);
        self.counted.iter().map(count).collect()
    }

    /// Replaces the counts of every layer.
    pub fn set_counts(&mut self, counts: &[Counts]) {
        for (of, &(samples, input_events, output_events, operations)) in self.counted.iter_mut().zip(counts) {
            (of.samples, of.operations) = (samples, operations);
            (of.input_events, of.output_events) = (input_events, output_events);
        }
    }

    /// Registers an observer of a layer.
    pub fn observe(&mut self, key: LayerKey, callback: Py<PyAny>) -> u64 {
        let id = self.next_observer;
        self.next_observer += 1;
        self.observers.insert(id, Observer { key, callback: Arc::new(callback) });
        id
    }

    /// Removes an observer; false if there is none of this id.
    pub fn ignore(&mut self, id: u64) -> bool {
        self.observers.remove(&id).is_some()
    }

    /// Observers by id, with the layers that they observe.
    pub fn observers(&self) -> Vec<(LayerId, Observer)> {
        let observers = self.observers.values();
        observers.filter_map(|observer| Some((self.find(observer.key)?, observer.clone()))).collect()
    }
}
