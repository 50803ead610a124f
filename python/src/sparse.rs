//! Events: `Sparse`, and the functions that build one.

use numpy::{
    IntoPyArray, PyArray, PyArray1, PyArray2, PyArrayDescr, PyArrayDyn, PyArrayMethods, PyReadonlyArray1,
    PyReadonlyArray2, dtype,
};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{IntoPyDict, PyTuple};
use spikemesh::tensor;
use spikemesh::tensor::Dense;
use spikemesh::tensor::Event;

use crate::error::raise;
use spikemesh::words::plural;

/// Events: coordinates and values of what is not zero. Of (n, w, h, c), or of its last dimensions.
#[pyclass(module = "spikemesh._core", eq, from_py_object)]
#[derive(Clone, PartialEq)]
pub struct Sparse {
    /// Hidden leading dimensions have size 1.
    events: tensor::Sparse,
    /// Visible dimensions: the last ones.
    rank: usize,
}

impl Sparse {
    /// With all four dimensions.
    pub fn new(events: tensor::Sparse) -> Sparse {
        Sparse { events, rank: 4 }
    }

    /// Of one sample, (w, h, c): `events` have n = 0.
    pub fn of_sample(events: tensor::Sparse) -> Sparse {
        Sparse { events, rank: 3 }
    }

    /// The events (n, w, h, c).
    pub fn four_dimensional(&self) -> PyResult<tensor::Sparse> {
        match self.rank {
            4 => Ok(self.events.clone()),
            rank => Err(PyValueError::new_err(format!(
                "the input has {}, shape {:?}; events have 4: (n, w, h, c)",
                plural(rank, "dimension", "dimensions"),
                self.sizes()
            ))),
        }
    }

    /// Number of hidden dimensions.
    fn hidden(&self) -> usize {
        4 - self.rank
    }

    fn sizes(&self) -> &[usize] {
        &self.events.shape[self.hidden()..]
    }

    /// An error that names the visible dimensions only; the library would count the hidden ones.
    fn wrong(&self, what: String) -> PyErr {
        PyValueError::new_err(format!(
            "{what}, the tensor has {} of sizes {:?}",
            plural(self.rank, "dimension", "dimensions"),
            self.sizes()
        ))
    }
}

#[pymethods]
impl Sparse {
    /// Sizes of the dimensions.
    #[getter]
    fn shape<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, self.sizes())
    }

    /// Product of the sizes.
    #[getter]
    fn size(&self) -> u64 {
        self.events.size()
    }

    /// Number of events.
    #[getter]
    fn nnz(&self) -> usize {
        self.events.nnz()
    }

    /// 1 - nnz / size.
    #[getter]
    fn sparsity(&self) -> f64 {
        self.events.sparsity()
    }

    /// Coordinates of the events, int32 (nnz, dimensions); a read-only copy.
    #[getter]
    fn coords<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyArray2<i32>>> {
        let rows = self.events.events.iter();
        let flat: Vec<i32> =
            rows.flat_map(|event| event.place().into_iter().skip(self.hidden()).map(|c| c as i32)).collect();
        Ok(read_only(flat.into_pyarray(py).reshape([self.events.nnz(), self.rank])?))
    }

    /// Values of the events, uint8 (nnz); a read-only copy.
    #[getter]
    fn values<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<u8>> {
        read_only(self.events.events.iter().map(|event| event.value).collect::<Vec<_>>().into_pyarray(py))
    }

    /// Type of a value: uint8.
    #[getter(r#type)]
    fn kind<'py>(&self, py: Python<'py>) -> Bound<'py, PyArrayDescr> {
        dtype::<u8>(py)
    }

    /// The values as a uint8 array of this shape.
    fn to_dense<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyArrayDyn<u8>>> {
        self.to_numpy(py)
    }

    /// The values as a uint8 array of this shape.
    ///
    /// Raises:
    ///     ValueError: too many values.
    fn to_numpy<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyArrayDyn<u8>>> {
        let dense = self.events.to_dense().map_err(|error| raise([error]))?;
        dense.data.into_pyarray(py).reshape(self.sizes().to_vec())
    }

    /// The events at one coordinate of a dimension, without that dimension.
    ///
    /// Args:
    ///     dimension: the dimension, from 0.
    ///     coord: the coordinate in it, from 0.
    ///
    /// Raises:
    ///     ValueError: no such dimension or coordinate.
    fn chip(&self, dimension: i64, coord: i64) -> PyResult<Sparse> {
        let sizes = self.sizes();
        let size = usize::try_from(dimension).ok().and_then(|dimension| sizes.get(dimension));
        let inside = size.is_some_and(|size| usize::try_from(coord).is_ok_and(|coord| coord < *size));
        if !inside || self.rank == 1 {
            return Err(self.wrong(format!("cannot take coordinate {coord} of dimension {dimension}")));
        }
        let chip = self
            .events
            .chip(dimension as usize + self.hidden(), coord as usize)
            .map_err(|error| raise([error]))?;
        let [w, h, c] = chip.shape;
        let events =
            chip.events.into_iter().map(|([x, y, c], value)| Event { n: 0, x, y, c, value }).collect();
        Ok(Sparse { events: tensor::Sparse { shape: [1, w, h, c], events }, rank: self.rank - 1 })
    }

    /// The events that match a mask; same shape.
    ///
    /// Args:
    ///     mask: one entry per dimension: a coordinate, or -1 for all.
    ///
    /// Raises:
    ///     ValueError: another number of entries, a coordinate out of the shape.
    fn slice(&self, mask: Vec<i64>) -> PyResult<Sparse> {
        if mask.len() != self.rank {
            return Err(
                self.wrong(format!("the mask {mask:?} has {}", plural(mask.len(), "entry", "entries")))
            );
        }
        let mut full = vec![-1; self.hidden()];
        full.extend(&mask);
        let events =
            self.events.slice(&full).map_err(|_| self.wrong(format!("the mask {mask:?} does not fit")))?;
        Ok(Sparse { events, rank: self.rank })
    }

    /// Sorts the events in place.
    ///
    /// Args:
    ///     arg0: every dimension once; which to compare first, second and so on.
    ///
    /// Raises:
    ///     ValueError: a dimension twice or not at all.
    fn sort(&mut self, arg0: Vec<i64>) -> PyResult<()> {
        let (order, hidden) = (arg0, self.hidden());
        let inside = |d: &i64| usize::try_from(*d).ok().filter(|d| *d < self.rank).map(|d| d + hidden);
        let mut full: Vec<usize> = (0..hidden).collect();
        full.extend(order.iter().filter_map(inside));
        if order.len() != self.rank || self.events.sort(&full).is_err() {
            return Err(self.wrong(format!("{order:?} does not name every dimension once")));
        }
        Ok(())
    }

    /// What NumPy takes a Sparse for: the values as an array.
    #[pyo3(signature = (dtype = None, copy = None))]
    fn __array__<'py>(
        &self,
        py: Python<'py>,
        dtype: Option<Bound<'py, PyAny>>,
        copy: Option<bool>,
    ) -> PyResult<Bound<'py, PyAny>> {
        if copy == Some(false) {
            return Err(PyValueError::new_err("a Sparse holds no array: one cannot be had without a copy"));
        }
        let array = self.to_numpy(py)?.into_any();
        match dtype {
            Some(dtype) => {
                let options = [("copy", false)].into_py_dict(py)?;
                array.call_method("astype", (dtype,), Some(&options))
            }
            None => Ok(array),
        }
    }

    fn __len__(&self) -> usize {
        self.events.nnz()
    }

    fn __repr__(&self) -> String {
        format!("<spikemesh.Sparse {:?}, {}>", self.sizes(), plural(self.events.nnz(), "event", "events"))
    }

    /// Shape, coordinates and values: what a pickle holds.
    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyAny>)> {
        let py = slf.py();
        let this = slf.borrow();
        let make = slf.get_type().getattr("from_arrays")?;
        let arguments = (this.coords(py)?, this.values(py), this.sizes().to_vec());
        Ok((make, arguments.into_pyobject(py)?.into_any()))
    }

    /// Events at rows of coordinates, with their values.
    #[staticmethod]
    fn from_arrays(
        coords: PyReadonlyArray2<'_, i32>,
        values: PyReadonlyArray1<'_, u8>,
        shape: Vec<usize>,
    ) -> PyResult<Sparse> {
        let rank = shape.len();
        let (coords, values) = (coords.as_array(), values.as_array());
        if !(1..=4).contains(&rank) || coords.ncols() != rank || coords.nrows() != values.len() {
            return Err(PyValueError::new_err(format!(
                "coordinates {:?} and {} do not fit the shape {shape:?}",
                coords.shape(),
                plural(values.len(), "value", "values")
            )));
        }
        let mut full = [1; 4];
        full[4 - rank..].copy_from_slice(&shape);
        let mut events = Vec::with_capacity(values.len());
        for (row, &value) in coords.rows().into_iter().zip(values) {
            let mut place = [0; 4];
            for (to, &from) in place[4 - rank..].iter_mut().zip(row) {
                *to = u32::try_from(from)
                    .map_err(|_| PyValueError::new_err(format!("the coordinate {from} is negative")))?;
            }
            let [n, x, y, c] = place;
            events.push(Event { n, x, y, c, value });
        }
        // The order of the rows is kept: it is the user's, if the events were sorted.
        tensor::Sparse::new(full, events.clone()).map_err(|error| raise([error]))?;
        Ok(Sparse { events: tensor::Sparse { shape: full, events }, rank })
    }
}

/// An array that refuses to be written to: what is written to a copy would be lost.
fn read_only<T, D>(array: Bound<'_, PyArray<T, D>>) -> Bound<'_, PyArray<T, D>>
where
    T: numpy::Element,
    D: numpy::ndarray::Dimension,
{
    // Only fails if the array is borrowed elsewhere, and it has just been made.
    if let Ok(borrowed) = array.try_readwrite() {
        drop(borrowed.make_nonwriteable());
    }
    array
}

/// Events of value 1 at rows of coordinates.
#[pyfunction]
pub fn coords_to_sparse(coords: PyReadonlyArray2<'_, i64>, shape: Vec<usize>) -> PyResult<Sparse> {
    let coords = coords.as_array();
    let flat: Vec<i64> = coords.iter().copied().collect();
    tensor::Sparse::from_coords(&flat, coords.ncols(), &shape)
        .map(Sparse::new)
        .map_err(|error| raise([error]))
}

/// Events at the values that are not zero of a (n, w, h, c) array.
#[pyfunction]
pub fn dense_to_sparse(array: numpy::PyReadonlyArray4<'_, u8>) -> PyResult<Sparse> {
    let array = array.as_array();
    let shape = array.shape();
    let shape = [shape[0], shape[1], shape[2], shape[3]];
    let data = array.as_slice().map_or_else(|| array.iter().copied().collect(), <[u8]>::to_vec);
    let dense = Dense::new(shape, data).map_err(|error| raise([error]))?;
    Ok(Sparse::new(tensor::Sparse::from_dense(&dense)))
}

/// Events of value 1 at rows of (x, y, c), `packet_size` rows to a sample.
#[pyfunction]
pub fn packetize(
    coords: PyReadonlyArray2<'_, i64>,
    shape: [usize; 3],
    packet_size: usize,
) -> PyResult<Sparse> {
    let coords = coords.as_array();
    if coords.ncols() != 3 {
        return Err(PyValueError::new_err(format!(
            "rows have {} coordinates, and must have 3: (x, y, c)",
            coords.ncols()
        )));
    }
    let flat: Vec<i64> = coords.iter().copied().collect();
    tensor::Sparse::packetize(&flat, shape, packet_size).map(Sparse::new).map_err(|error| raise([error]))
}
