//! The TensorFlow Lite file format, as far as one network needs it.
//!
//! The format is a flatbuffer: tables whose fields are found through a table of offsets, every
//! offset relative to its own position. Here every one is checked before it is followed, and
//! nothing is followed twice, so a hostile file costs no more than its length.
//! Source: field numbers of `tensorflow/lite/schema/schema.fbs`, version 3.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use super::{Error, malformed};

/// Far above any network read here; a file that claims more is refused.
const MAX_ITEMS: usize = 10_000;
/// Axes of a tensor, inputs of an operator.
const MAX_SHORT: usize = 16;

/// A network as stored: the first subgraph of the file.
#[derive(Debug)]
pub(super) struct Network<'a> {
    pub(super) tensors: Vec<Tensor<'a>>,
    pub(super) operators: Vec<Operator<'a>>,
    pub(super) inputs: Vec<i32>,
    pub(super) outputs: Vec<i32>,
}

/// A tensor: a shape and, for weights, the numbers.
#[derive(Debug)]
pub(super) struct Tensor<'a> {
    pub(super) shape: Vec<usize>,
    /// 0 is 32-bit floats, 2 is 32-bit integers.
    pub(super) kind: i8,
    /// Little-endian; empty for what is computed.
    pub(super) data: &'a [u8],
}

/// An operator with the indices of its tensors.
#[derive(Debug)]
pub(super) struct Operator<'a> {
    /// `BuiltinOperator`.
    pub(super) code: i32,
    pub(super) inputs: Vec<i32>,
    pub(super) outputs: Vec<i32>,
    options: Option<Table<'a>>,
}

impl Operator<'_> {
    /// A field of the options that is a 32-bit integer.
    pub(super) fn int(&self, field: usize, default: i32) -> Result<i32, Error> {
        self.options.as_ref().map_or(Ok(default), |table| table.int(field, default))
    }

    /// A field of the options that is an 8-bit enumeration; 0 where it is absent.
    pub(super) fn byte(&self, field: usize) -> Result<i8, Error> {
        self.options.as_ref().map_or(Ok(0), |table| table.byte(field))
    }
}

impl<'a> Network<'a> {
    /// Reads a file.
    pub(super) fn read(bytes: &'a [u8]) -> Result<Self, Error> {
        let file = Bytes(bytes);
        if file.slice(4, 4)? != b"TFL3" {
            return Err(malformed("the network is no TensorFlow Lite file"));
        }
        let model = file.table_at(0)?;
        let codes = model
            .tables(1)?
            .iter()
            // The old field is 8 bits wide, the new one 32; the larger one holds.
            .map(|code| Ok(code.int(3, 0)?.max(i32::from(code.byte(0)?))))
            .collect::<Result<Vec<_>, Error>>()?;
        let buffers = model.tables(4)?;
        let graphs = model.tables(2)?;
        let graph = graphs.first().ok_or_else(|| malformed("the file holds no network"))?;
        let tensors = graph
            .tables(0)?
            .iter()
            .map(|tensor| {
                let shape = tensor.ints(0)?.into_iter().map(usize::try_from);
                let buffer = usize::try_from(tensor.int(2, 0)?).ok().and_then(|i| buffers.get(i));
                Ok(Tensor {
                    shape: shape
                        .collect::<Result<_, _>>()
                        .map_err(|e| malformed(format!("a tensor has a malformed shape: {e}")))?,
                    kind: tensor.byte(1)?,
                    data: buffer.map_or(Ok(&[][..]), |b| b.bytes(0))?,
                })
            })
            .collect::<Result<_, Error>>()?;
        let operators = graph
            .tables(3)?
            .iter()
            .map(|operator| {
                let index = usize::try_from(operator.int(0, 0)?).ok();
                let code = index.and_then(|i| codes.get(i));
                Ok(Operator {
                    code: *code.ok_or_else(|| malformed("an operator is of no known kind"))?,
                    inputs: operator.ints(1)?,
                    outputs: operator.ints(2)?,
                    options: operator.table(4)?,
                })
            })
            .collect::<Result<_, Error>>()?;
        Ok(Self { tensors, operators, inputs: graph.ints(1)?, outputs: graph.ints(2)? })
    }
}

/// The whole file; positions count from its start.
#[derive(Debug, Clone, Copy)]
struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn slice(&self, at: usize, len: usize) -> Result<&'a [u8], Error> {
        at.checked_add(len)
            .and_then(|end| self.0.get(at..end))
            .ok_or_else(|| malformed("the network file is cut off or damaged"))
    }

    fn array<const N: usize>(&self, at: usize) -> Result<[u8; N], Error> {
        let slice = self.slice(at, N)?;
        slice.try_into().map_err(|_not_n_long| malformed("the network file is damaged"))
    }

    fn u16(&self, at: usize) -> Result<usize, Error> {
        Ok(usize::from(u16::from_le_bytes(self.array(at)?)))
    }

    fn u32(&self, at: usize) -> Result<usize, Error> {
        usize::try_from(u32::from_le_bytes(self.array(at)?))
            .map_err(|e| malformed(format!("an offset is too large: {e}")))
    }

    /// Follows the offset stored at `at`.
    fn follow(&self, at: usize) -> Result<usize, Error> {
        at.checked_add(self.u32(at)?)
            .ok_or_else(|| malformed("an offset leads out of the network file"))
    }

    /// The table that the offset stored at `at` leads to.
    fn table_at(&self, at: usize) -> Result<Table<'a>, Error> {
        let at = self.follow(at)?;
        // The list of field offsets lies before the table, or after it where this is negative.
        let back = i64::from(i32::from_le_bytes(self.array(at)?));
        let fields = i64::try_from(at)
            .ok()
            .and_then(|at| at.checked_sub(back))
            .and_then(|fields| usize::try_from(fields).ok())
            .ok_or_else(|| malformed("an offset leads out of the network file"))?;
        let n_bytes = self.u16(fields)?;
        self.slice(fields, n_bytes)?;
        Ok(Table { file: *self, at, fields, n_bytes })
    }

    /// Length and first item of the vector that the offset stored at `at` leads to.
    fn vector(&self, at: usize) -> Result<(usize, usize), Error> {
        let at = self.follow(at)?;
        Ok((self.u32(at)?, at.saturating_add(4)))
    }
}

/// A table and its list of field offsets.
#[derive(Debug, Clone, Copy)]
struct Table<'a> {
    file: Bytes<'a>,
    at: usize,
    fields: usize,
    n_bytes: usize,
}

impl<'a> Table<'a> {
    /// Position of a field; `None` when the file omits it.
    fn field(&self, number: usize) -> Result<Option<usize>, Error> {
        let offset = number.saturating_mul(2).saturating_add(4);
        if offset.saturating_add(2) > self.n_bytes {
            return Ok(None);
        }
        let within = self.file.u16(self.fields.saturating_add(offset))?;
        Ok((within != 0).then(|| self.at.saturating_add(within)))
    }

    fn int(&self, number: usize, default: i32) -> Result<i32, Error> {
        let Some(at) = self.field(number)? else { return Ok(default) };
        Ok(i32::from_le_bytes(self.file.array(at)?))
    }

    fn byte(&self, number: usize) -> Result<i8, Error> {
        let Some(at) = self.field(number)? else { return Ok(0) };
        Ok(i8::from_le_bytes(self.file.array(at)?))
    }

    fn table(&self, number: usize) -> Result<Option<Self>, Error> {
        self.field(number)?.map(|at| self.file.table_at(at)).transpose()
    }

    fn tables(&self, number: usize) -> Result<Vec<Self>, Error> {
        let Some(at) = self.field(number)? else { return Ok(Vec::new()) };
        let (len, first) = self.file.vector(at)?;
        limit(len, MAX_ITEMS)?;
        let offsets = self.file.slice(first, len.saturating_mul(4))?;
        (0..offsets.len()).step_by(4).map(|i| self.file.table_at(first.saturating_add(i))).collect()
    }

    fn ints(&self, number: usize) -> Result<Vec<i32>, Error> {
        let Some(at) = self.field(number)? else { return Ok(Vec::new()) };
        let (len, first) = self.file.vector(at)?;
        limit(len, MAX_SHORT)?;
        let (words, _) = self.file.slice(first, len.saturating_mul(4))?.as_chunks();
        Ok(words.iter().map(|word| i32::from_le_bytes(*word)).collect())
    }

    fn bytes(&self, number: usize) -> Result<&'a [u8], Error> {
        let Some(at) = self.field(number)? else { return Ok(&[]) };
        let (len, first) = self.file.vector(at)?;
        self.file.slice(first, len)
    }
}

fn limit(len: usize, limit: usize) -> Result<(), Error> {
    if len > limit {
        return Err(malformed(format!("a list of the network file has {len} entries")));
    }
    Ok(())
}

/// Entry for `tests/fuzz`.
#[cfg(fuzzing)]
pub fn fuzz(bytes: &[u8]) {
    if let Ok(network) = Network::read(bytes) {
        for operator in &network.operators {
            drop((operator.int(0, 1), operator.byte(1)));
        }
    }
}

#[cfg(test)]
#[expect(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "tests may panic, that is how they fail"
)]
mod tests {
    use super::*;

    /// A field of a table to be written.
    enum Field {
        Absent,
        Int(i32),
        Byte(i8),
        Ints(Vec<i32>),
        Bytes(Vec<u8>),
        Table(Vec<Self>),
        Tables(Vec<Vec<Self>>),
    }

    fn patch(file: &mut [u8], at: usize, to: usize) {
        file[at..at + 4].copy_from_slice(&u32::try_from(to - at).unwrap().to_le_bytes());
    }

    /// Writes a table at the end of the file, then what it leads to; returns its position.
    fn write_table(file: &mut Vec<u8>, fields: &[Field]) -> usize {
        let list = file.len();
        let n = fields.len();
        file.extend(u16::try_from(4 + 2 * n).unwrap().to_le_bytes());
        file.extend(u16::try_from(4 + 4 * n).unwrap().to_le_bytes());
        for (i, field) in fields.iter().enumerate() {
            let within = if matches!(field, Field::Absent) { 0 } else { 4 + 4 * i };
            file.extend(u16::try_from(within).unwrap().to_le_bytes());
        }
        let table = file.len();
        file.extend(i32::try_from(table - list).unwrap().to_le_bytes());
        file.extend(vec![0; 4 * n]);
        for (i, field) in fields.iter().enumerate() {
            let at = table + 4 + 4 * i;
            let end = file.len();
            match field {
                Field::Absent => {}
                Field::Int(v) => file[at..at + 4].copy_from_slice(&v.to_le_bytes()),
                Field::Byte(v) => file[at] = v.to_le_bytes()[0],
                Field::Ints(v) => {
                    patch(file, at, end);
                    file.extend(u32::try_from(v.len()).unwrap().to_le_bytes());
                    file.extend(v.iter().flat_map(|v| v.to_le_bytes()));
                }
                Field::Bytes(v) => {
                    patch(file, at, end);
                    file.extend(u32::try_from(v.len()).unwrap().to_le_bytes());
                    file.extend(v);
                }
                Field::Table(inner) => {
                    let to = write_table(file, inner);
                    patch(file, at, to);
                }
                Field::Tables(all) => {
                    patch(file, at, end);
                    file.extend(u32::try_from(all.len()).unwrap().to_le_bytes());
                    file.extend(vec![0; 4 * all.len()]);
                    for (k, inner) in all.iter().enumerate() {
                        let to = write_table(file, inner);
                        patch(file, end + 4 + 4 * k, to);
                    }
                }
            }
        }
        table
    }

    /// A network of one convolution (code 3) of `[1, 4, 4, 3]` with one weight tensor.
    fn sample() -> Vec<u8> {
        let tensor = |shape: &[i32], buffer| {
            vec![Field::Ints(shape.to_vec()), Field::Byte(0), Field::Int(buffer)]
        };
        let options = vec![Field::Byte(1), Field::Int(2), Field::Int(3)];
        let operator = vec![
            Field::Int(0),
            Field::Ints(vec![0, 1]),
            Field::Ints(vec![2]),
            Field::Byte(1),
            Field::Table(options),
        ];
        let graph = vec![
            Field::Tables(vec![
                tensor(&[1, 4, 4, 3], 0),
                tensor(&[2, 1], 1),
                tensor(&[1, 2, 2, 2], 0),
            ]),
            Field::Ints(vec![0]),
            Field::Ints(vec![2]),
            Field::Tables(vec![operator]),
        ];
        let model = [
            Field::Int(3),
            Field::Tables(vec![vec![Field::Byte(3)]]),
            Field::Tables(vec![graph]),
            Field::Absent,
            Field::Tables(vec![vec![], vec![Field::Bytes(vec![1, 2, 3, 4, 5, 6, 7, 8])]]),
        ];
        let mut file = b"\0\0\0\0TFL3".to_vec();
        let root = write_table(&mut file, &model);
        patch(&mut file, 0, root);
        file
    }

    #[test]
    fn a_network_is_read_as_it_was_written() {
        let file = sample();
        let network = Network::read(&file).unwrap();
        assert_eq!((network.inputs, network.outputs), (vec![0], vec![2]));
        assert_eq!(network.tensors[0].shape, [1, 4, 4, 3]);
        assert_eq!(network.tensors[1].data, [1, 2, 3, 4, 5, 6, 7, 8]);
        assert_eq!(network.tensors[2].data, [0u8; 0]);
        let [conv] = network.operators.as_slice() else { panic!("one operator") };
        assert_eq!(
            (conv.code, conv.inputs.as_slice(), conv.outputs.as_slice()),
            (3, &[0, 1][..], &[2][..])
        );
        assert_eq!(
            (conv.byte(0).unwrap(), conv.int(1, 0).unwrap(), conv.int(2, 0).unwrap()),
            (1, 2, 3)
        );
        assert_eq!((conv.byte(3).unwrap(), conv.int(4, 1).unwrap()), (0, 1), "left out: defaults");
    }

    #[test]
    fn no_damage_makes_the_reader_panic() {
        let file = sample();
        for len in 0..file.len() {
            // Cut off: an error, or a network in which only the end of a buffer is missing.
            let _either = Network::read(&file[..len]).is_ok();
        }
        assert!(Network::read(&file[..file.len() - 1]).is_err(), "the last buffer is cut off");
        for at in 0..file.len() {
            for value in [0, 1, 4, 0x7f, 0x80, 0xfe, 0xff] {
                let mut damaged = file.clone();
                damaged[at] = value;
                if let Ok(network) = Network::read(&damaged) {
                    for operator in &network.operators {
                        let _either = operator.int(1, 0).is_ok() && operator.byte(0).is_ok();
                    }
                }
                let n = damaged.len().min(at + 4);
                damaged[at..n].fill(value);
                let _either = Network::read(&damaged).is_ok();
            }
        }
        assert!(Network::read(b"").is_err(), "nothing");
        let many = [Field::Absent, Field::Tables((0..=MAX_ITEMS).map(|_| vec![]).collect())];
        let mut file = b"\0\0\0\0TFL3".to_vec();
        let root = write_table(&mut file, &many);
        patch(&mut file, 0, root);
        let refused = Network::read(&file).unwrap_err().to_string();
        assert!(refused.contains("10001 entries"), "{refused}");
        assert!(Network::read(b"\x08\0\0\0TFL4\0\0\0\0").is_err(), "another format");
    }
}
