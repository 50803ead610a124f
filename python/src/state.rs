//! A model as Python objects share it: the model, its engine while that is current, its statistics and its observers.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use pyo3::prelude::*;
use spikemesh::compiler::{self, Mode, compile};
use spikemesh::device::Device;
use spikemesh::engine::{self, Engine, LayerStatistics, Statistics};
use spikemesh::isa::Program;
use spikemesh::model::{self, Layer, LayerId, Model, Parameters};

/// Stands for a layer as long as it is in its model, wherever it is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Key(pub u64);

/// A function that observes a layer.
#[derive(Clone)]
pub struct Observer {
    pub key: Key,
    pub callback: Arc<Py<PyAny>>,
}

/// A model on a device.
pub struct Mapped {
    pub model: Model,
    pub program: Program,
    pub device: Arc<Device>,
}

/// What a model's objects share.
pub struct Shared(Mutex<State>);

/// The state that [`Shared`] guards. Everything derived from the model is dropped when it changes.
#[derive(Default)]
pub struct State {
    model: Model,
    changes: u64,
    keys: Vec<Key>,
    next_key: u64,
    counted: Vec<LayerStatistics>,
    engine: Option<Arc<Engine>>,
    mapped: Option<Arc<Mapped>>,
    observers: BTreeMap<u64, Observer>,
    next_observer: u64,
}

impl Shared {
    /// A model with all its layers.
    pub fn new(model: Model) -> Arc<Shared> {
        let layers = model.layers().len();
        let mut state = State { model, ..State::default() };
        for _ in 0..layers {
            state.enter();
        }
        Arc::new(Shared(Mutex::new(state)))
    }

    /// The state. Whoever holds it must not wait for the interpreter.
    pub fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// The model.
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// The model, to be changed.
    pub fn change(&mut self) -> &mut Model {
        self.changes += 1;
        self.engine = None;
        self.mapped = None;
        &mut self.model
    }

    /// The key of a layer.
    pub fn key(&self, id: LayerId) -> Option<Key> {
        self.keys.get(id.0).copied()
    }

    /// Where a layer is now, if it still is in the model.
    pub fn find(&self, key: Key) -> Option<LayerId> {
        self.keys.iter().position(|k| *k == key).map(LayerId)
    }

    fn enter(&mut self) -> Key {
        let key = Key(self.next_key);
        self.next_key += 1;
        self.keys.push(key);
        self.counted.push(LayerStatistics::default());
        key
    }

    /// Adds a layer without weights.
    pub fn add(
        &mut self,
        name: &str,
        parameters: Parameters,
        inbound: &[LayerId],
    ) -> Result<Key, Vec<model::Error>> {
        self.change().add(name, parameters, inbound)?;
        Ok(self.enter())
    }

    /// Removes the last layer; what observed it goes with it.
    pub fn pop(&mut self) -> Option<Layer> {
        let layer = self.change().pop()?;
        self.counted.pop();
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

    /// The engine of the model as it is, to learn with: nobody else has it.
    pub fn take_engine(&mut self) -> Result<Engine, Vec<engine::Error>> {
        match self.engine.take().map(Arc::try_unwrap) {
            Some(Ok(engine)) => Ok(engine),
            Some(Err(_)) | None => Engine::new(&self.model),
        }
    }

    /// Puts what was learned in the place of the model that it started from, with the engine and what it has counted. False if that
    /// model has changed meanwhile.
    pub fn learned(&mut self, before: u64, model: Model, engine: Engine, statistics: &Statistics) -> bool {
        if self.changes != before {
            return false;
        }
        *self.change() = model;
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
    pub fn mapped(&mut self, device: &Arc<Device>, mode: Mode) -> Result<Arc<Mapped>, Vec<compiler::Error>> {
        if let Some(mapped) = &self.mapped {
            return Ok(mapped.clone());
        }
        let program = compile(&self.model, device.as_ref(), &mode.into())?.program;
        let mapped = Arc::new(Mapped { model: self.model.clone(), program, device: device.clone() });
        self.mapped = Some(mapped.clone());
        Ok(mapped)
    }

    /// Adds what an engine of this model has counted; nothing if the model has changed since.
    pub fn count(&mut self, engine: &Arc<Engine>, statistics: &Statistics) {
        if self.engine.as_ref().is_some_and(|current| Arc::ptr_eq(current, engine)) {
            for (total, more) in self.counted.iter_mut().zip(&statistics.layers) {
                total.add(more);
            }
        }
    }

    /// Statistics of a layer since the model was made.
    pub fn statistics(&self, id: LayerId) -> LayerStatistics {
        let mut statistics = LayerStatistics::new(self.model.layer(id));
        statistics.add(&self.counted[id.0]);
        statistics
    }

    /// Registers an observer of a layer.
    pub fn observe(&mut self, key: Key, callback: Py<PyAny>) -> u64 {
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
