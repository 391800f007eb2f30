//! Payloads that are stored compressed.
//!
//! A payload of [`compress_from`](super::SqliteOptions::compress_from) bytes or more is a zstd frame, with a checksum, where that is shorter. In the journal the frame is a BLOB in
//! the place of the text. The columns of `execution` hold text alone, so there the text is empty, which no JSON is, and the frame stands in a column of its own.
//!
//! Reading is here, too, whatever the options say. A frame that cannot be read, that is not as long as it says, or that says it is longer than any that is
//! written, is damage: nothing larger than that is ever unpacked.

use std::sync::Arc;

use rusqlite::types::ValueRef;
use zstd::{bulk, zstd_safe};

use super::error::contradiction;

/// The level of zstd: higher ones take longer and make JSON hardly shorter.
const LEVEL: i32 = 3;

/// Nothing longer is compressed, so nothing longer comes out of a frame.
const LONGEST: usize = 16 << 20;

/// Packs payloads.
pub(super) struct Packer {
    from: Option<usize>,
    /// Made for the first payload that is long enough.
    compressor: Option<bulk::Compressor<'static>>,
}

impl Packer {
    pub(super) fn new(from: Option<usize>) -> Packer {
        Packer { from, compressor: None }
    }

    /// The frame of a payload; none where it is stored as text.
    pub(super) fn pack(&mut self, payload: &str) -> Option<Vec<u8>> {
        if payload.len() < self.from? || payload.len() > LONGEST || payload.is_empty() {
            return None;
        }
        if self.compressor.is_none() {
            let mut compressor = bulk::Compressor::new(LEVEL).ok()?;
            compressor.set_parameter(zstd_safe::CParameter::ChecksumFlag(true)).ok()?;
            self.compressor = Some(compressor);
        }
        let packed = self.compressor.as_mut()?.compress(payload.as_bytes()).ok()?;
        (packed.len() < payload.len()).then_some(packed)
    }

    /// A payload for the two columns of `execution` that hold it: text, and a frame where the text is empty.
    pub(super) fn columns<'p>(&mut self, payload: &'p str) -> (&'p str, Option<Vec<u8>>) {
        match self.pack(payload) {
            Some(packed) => ("", Some(packed)),
            None => (payload, None),
        }
    }
}

/// A payload from what stands in a column, or in the two of `execution`.
///
/// # Errors
///
/// When it is damaged.
pub(super) fn read(text: ValueRef<'_>, packed: ValueRef<'_>) -> rusqlite::Result<Option<Arc<str>>> {
    match (packed, text) {
        (ValueRef::Blob(frame), _) | (_, ValueRef::Blob(frame)) => unpack(frame).map(Some),
        (_, ValueRef::Null) => Ok(None),
        (_, text) => Ok(Some(text.as_str()?.into())),
    }
}

fn unpack(frame: &[u8]) -> rusqlite::Result<Arc<str>> {
    let damaged = |what: String| contradiction(format!("a compressed payload cannot be read: {what}"));
    let length = match zstd_safe::get_frame_content_size(frame) {
        Ok(Some(length)) => usize::try_from(length).unwrap_or(usize::MAX),
        Ok(None) | Err(_) => return Err(damaged("it is no zstd frame that says how long its content is".to_owned())),
    };
    if length > LONGEST {
        return Err(damaged(format!("it says that it holds {length} bytes, and none holds more than {LONGEST}")));
    }
    let bytes = bulk::decompress(frame, length).map_err(|error| damaged(error.to_string()))?;
    if bytes.len() != length {
        return Err(damaged(format!("it says that it holds {length} bytes, and holds {}", bytes.len())));
    }
    let text = String::from_utf8(bytes).map_err(|error| damaged(error.to_string()))?;
    Ok(text.into())
}

impl std::fmt::Debug for Packer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Packer").field("from", &self.from).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn long() -> String {
        format!("[{}1]", "1234567890,".repeat(1_000))
    }

    fn read_frame(frame: &[u8]) -> Result<Option<Arc<str>>, String> {
        read(ValueRef::Blob(frame), ValueRef::Null).map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_long_is_shorter_and_comes_back() {
        let mut packer = Packer::new(Some(4_096));
        let packed = packer.pack(&long()).unwrap();
        assert!(packed.len() < 100);
        assert_eq!(read_frame(&packed), Ok(Some(long().into())));
        assert_eq!(read(ValueRef::Text(b""), ValueRef::Blob(&packed)).unwrap(), Some(long().into()));
        assert_eq!(packer.pack(&long()[..4_095]), None, "too short");
        assert_eq!(Packer::new(None).pack(&long()), None);
        let mut random = fastrand::Rng::with_seed(7);
        let noise: String = (0..5_000).map(|_| char::from_u32(random.u32(0x4e00..0x9000)).unwrap()).collect();
        assert!(packer.pack(&noise).is_none_or(|packed| packed.len() < noise.len()));
        assert_eq!(Packer::new(Some(0)).pack("1"), None, "a frame would be longer");
    }

    #[test]
    fn damage_is_reported_wherever_it_is() {
        let packed = Packer::new(Some(1)).pack(&long()).unwrap();
        for at in 0..packed.len() {
            for bit in [0x01, 0x10, 0x80] {
                let mut damaged = packed.clone();
                damaged[at] ^= bit;
                // The checksum covers the content; bits of the header that say nothing may differ.
                assert!(read_frame(&damaged).is_err() || read_frame(&damaged) == Ok(Some(long().into())), "{at}");
            }
            assert!(read_frame(&packed[..at]).is_err(), "cut off at {at}");
        }
        assert!(read_frame(b"").unwrap_err().contains("compressed payload"));
    }

    #[test]
    fn a_frame_that_would_fill_the_memory_is_not_unpacked() {
        let bomb = bulk::compress(&vec![b'1'; LONGEST + 1], 1).unwrap();
        assert!(bomb.len() < 10_000);
        assert!(read_frame(&bomb).unwrap_err().contains("none holds more than"));
        let mut liar = Packer::new(Some(1)).pack(&long()).unwrap();
        // Two frames, of which only the first says how long it is.
        liar.extend(bulk::compress(&vec![b'1'; 1 << 20], 1).unwrap());
        assert!(read_frame(&liar).is_err());
        assert_eq!(Packer::new(Some(1)).pack(&"1".repeat(LONGEST + 1)), None);
    }
}
