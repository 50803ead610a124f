//! `.npy` files: against `ndarray-npy` as a second implementation, and against damage.

use std::path::Path;

use miette::Diagnostic;
use ndarray::{ArrayD, IxDyn, ShapeBuilder};
use ndarray_npy::{ReadNpyExt, WriteNpyExt};
use proptest::prelude::*;
use spikemesh_model::tensor::npy::{self, Array};
use spikemesh_model::tensor::{Dense, Error};

fn file(header: &str, data: &[u8]) -> Vec<u8> {
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.as_bytes());
    bytes.extend(data);
    bytes
}

fn code(result: Result<Array<u8>, Error>) -> String {
    let error = result.unwrap_err();
    assert!(error.help().is_some());
    error.code().unwrap().to_string()
}

#[test]
fn headers_of_numpy_are_read() {
    // As numpy.save(numpy.arange(6, dtype='u1').reshape(1, 2, 3, 1)) writes it, padding aside.
    let bytes =
        file("{'descr': '|u1', 'fortran_order': False, 'shape': (1, 2, 3, 1), }   \n", &[0, 1, 2, 3, 4, 5]);
    let array = npy::parse::<u8>("a.npy", &bytes).unwrap();
    assert_eq!((array.shape, array.data), (vec![1, 2, 3, 1], vec![0, 1, 2, 3, 4, 5]));
    let bytes = file(
        "{'descr': '<i4', 'fortran_order': True, 'shape': (2, 2), }\n",
        &[1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 255, 255, 255, 255],
    );
    assert_eq!(npy::parse::<i32>("a.npy", &bytes).unwrap().data, [1, 3, 2, -1]);
    let mut second = b"\x93NUMPY\x02\x00".to_vec();
    let header = "{'descr':'|u1','fortran_order':False,'shape':()}";
    second.extend((header.len() as u32).to_le_bytes());
    second.extend(header.as_bytes());
    second.push(7);
    let single = npy::parse::<u8>("a.npy", &second).unwrap();
    assert_eq!((single.shape, single.data), (vec![], vec![7]));
}

#[test]
fn hostile_files_have_their_codes() {
    let plain = |shape: &str| format!("{{'descr': '|u1', 'fortran_order': False, 'shape': {shape}, }}\n");
    let bytes = |shape: &str| file(&plain(shape), &[1, 2, 3, 4]);
    assert!(npy::parse::<u8>("a.npy", &bytes("(4,)")).is_ok());
    let format = [
        bytes("(5,)"),
        bytes("(3,)"),
        bytes("(0,)"),
        bytes("(4294967296,)"),
        bytes("(0, 18446744073709551615, 18446744073709551615)"),
        bytes("(99999999999999999999999,)"),
        bytes("(-4,)"),
        bytes("(4.0,)"),
        bytes("(,)"),
        bytes("(4 4)"),
        bytes("4"),
        bytes("((4,),)"),
        bytes(&format!("({})", "1,".repeat(33))),
        file(&"(".repeat(60_000), &[]),
        file(&"{".repeat(60_000), &[]),
        file("{'descr': [('a', '|u1')], 'fortran_order': False, 'shape': (4,)}", &[0; 4]),
        file("{'descr': '|u1', 'fortran_order': 0, 'shape': (4,)}", &[0; 4]),
        file("{'descr': '|u1', 'shape': (4,)}", &[0; 4]),
        file("{'descr': '|u1', 'descr': '|u1', 'fortran_order': False, 'shape': (4,)}", &[0; 4]),
        file("{'descr': '|u1', 'fortran_order': False, 'shape': (4,)} x", &[0; 4]),
        file("{'descr: |u1", &[0; 4]),
        b"\x93NUMPY\x01\x00\xff\xff{".to_vec(),
        b"\x93NUMPY\x02\x00\xff\xff\xff\xff{".to_vec(),
        b"\x93NUMPY\x09\x00".to_vec(),
        b"\x93NUMPY".to_vec(),
        b"PK\x03\x04".to_vec(),
        vec![],
    ];
    for bytes in format {
        assert_eq!(
            code(npy::parse("a.npy", &bytes)),
            "tensor::npy_format",
            "{:?}",
            String::from_utf8_lossy(&bytes)
        );
    }
    let nothing = plain("(18446744073709551615, 2, 0)").replace("False", "True");
    assert!(npy::parse::<u8>("a.npy", &file(&nothing, &[])).unwrap().data.is_empty());
    assert_eq!(code(npy::parse("a.npy", &bytes("(4294967296, 4294967296)"))), "tensor::too_large");
    assert_eq!(code(npy::parse("a.npy", &bytes("(4294967297,)"))), "tensor::too_large");
    for descr in ["<f4", "<u2", "|S1", "O", "|b1", ">u1"] {
        let header = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': (4,)}}");
        assert_eq!(code(npy::parse("a.npy", &file(&header, &[0; 16]))), "tensor::npy_type", "{descr}");
    }
}

#[test]
fn files_are_written_whole_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out.npy");
    let images = Dense::new([2, 1, 2, 1], vec![1u8, 2, 3, 255]).unwrap();
    images.write_npy(&path).unwrap();
    assert_eq!(npy::read_dense::<u8>(&path).unwrap(), images);
    std::fs::write(folder.path().join("plain"), []).unwrap();
    let permissions = |name| std::fs::metadata(folder.path().join(name)).unwrap().permissions();
    assert_eq!(permissions("out.npy"), permissions("plain"));
    std::fs::remove_file(folder.path().join("plain")).unwrap();
    npy::write(&path, &[3], &[1i32, -2, 3]).unwrap();
    let rank = npy::read_dense::<i32>(&path).unwrap_err();
    assert_eq!(rank.code().unwrap().to_string(), "tensor::npy_rank");
    assert_eq!(code(npy::read(&path)), "tensor::npy_type");

    let error = npy::write(&path, &[4], &[1i32, 2, 3]).unwrap_err();
    assert_eq!(error.code().unwrap().to_string(), "tensor::length");
    assert_eq!(npy::read::<i32>(&path).unwrap().data, [1, -2, 3], "the old file is untouched");
    let nowhere = folder.path().join("none/out.npy");
    assert_eq!(npy::write(&nowhere, &[1], &[1u8]).unwrap_err().code().unwrap().to_string(), "tensor::file");
    assert_eq!(code(npy::read(&nowhere)), "tensor::file");
    assert_eq!(code(npy::read(folder.path())), "tensor::file");
    let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().collect();
    assert_eq!(left.len(), 1, "nothing is left aside");
}

proptest! {
    #[test]
    fn both_implementations_read_each_other(
        shape in proptest::collection::vec(0usize..5, 0..5), fortran in any::<bool>(), seed in any::<u32>(),
    ) {
        let len: usize = shape.iter().product();
        let data: Vec<f32> = (0..len).map(|i| f32::from_bits(seed.wrapping_mul(i as u32 + 1) & 0x3fff_ffff)).collect();
        let theirs = ArrayD::from_shape_vec(IxDyn(&shape).set_f(fortran), data.clone()).unwrap();
        let mut bytes = Vec::new();
        theirs.write_npy(&mut bytes).unwrap();
        let ours = npy::parse::<f32>("a.npy", &bytes).unwrap();
        prop_assert_eq!(&ours.shape, &shape);
        prop_assert_eq!(ours.data, theirs.iter().copied().collect::<Vec<_>>());

        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.npy");
        npy::write(&path, &shape, &data).unwrap();
        let back = ArrayD::<f32>::read_npy(std::fs::File::open(&path).unwrap()).unwrap();
        prop_assert_eq!(back.iter().copied().collect::<Vec<_>>(), data);
        prop_assert_eq!(npy::read::<f32>(Path::new(&path)).unwrap().shape, shape);
    }

    #[test]
    fn damaged_files_never_panic(flips in proptest::collection::vec((0usize..200, any::<u8>()), 1..5), cut in 0usize..200) {
        let mut bytes = Vec::new();
        ArrayD::<u8>::zeros(IxDyn(&[2, 3, 4, 3])).write_npy(&mut bytes).unwrap();
        for (at, value) in flips {
            let at = at % bytes.len();
            bytes[at] = value;
        }
        bytes.truncate(cut.max(60));
        let _ = npy::parse::<u8>("a.npy", &bytes);
    }
}
