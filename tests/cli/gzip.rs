//! Packs bytes as gzip the way a server does, runs of one byte to about a 150th, so that a test can send a bomb.
//! It refuses to look for any other repetition: nothing here is about size.

/// One gzip member (RFC 1952) with a single block of fixed Huffman codes (RFC 1951, section 3.2.6).
pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut bits = Bits { bytes: vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255], pending: 0, count: 0 };
    bits.push(0b1, 1); // the last block
    bits.push(0b01, 2); // of fixed codes
    let mut at = 0;
    while at < bytes.len() {
        let run = at..at + LONGEST_RUN;
        if at > 0 && run.end <= bytes.len() && bytes[run.clone()] == bytes[at - 1..run.end - 1] {
            bits.push_code(0b1100_0101, 8); // length 258
            bits.push_code(0, 5); // of the byte before
            at = run.end;
        } else {
            match u32::from(bytes[at]) {
                low @ 0..144 => bits.push_code(0b0011_0000 + low, 8),
                high => bits.push_code(0b1_1001_0000 + (high - 144), 9),
            }
            at += 1;
        }
    }
    bits.push_code(0, 7); // the block's end
    bits.push(0, 7); // up to a whole byte
    let mut packed = bits.bytes;
    packed.extend_from_slice(&crc32(bytes).to_le_bytes());
    let length = u32::try_from(bytes.len()).expect("a body under 4 GiB");
    packed.extend_from_slice(&length.to_le_bytes());
    packed
}

const LONGEST_RUN: usize = 258;

struct Bits {
    bytes: Vec<u8>,
    pending: u32,
    count: u32,
}

impl Bits {
    /// Plain values go in from their lowest bit.
    fn push(&mut self, value: u32, width: u32) {
        self.pending |= value << self.count;
        self.count += width;
        while self.count >= 8 {
            self.bytes.push(self.pending.to_le_bytes()[0]);
            self.pending >>= 8;
            self.count -= 8;
        }
    }

    /// Huffman codes go in from their highest bit.
    fn push_code(&mut self, code: u32, width: u32) {
        self.push(code.reverse_bits() >> (32 - width), width);
    }
}

fn crc32(bytes: &[u8]) -> u32 {
    let mut table = [0_u32; 256];
    for (value, entry) in (0..).zip(&mut table) {
        *entry = (0..8).fold(value, |crc: u32, _| (crc >> 1) ^ if crc & 1 == 1 { 0xedb8_8320 } else { 0 });
    }
    !bytes.iter().fold(u32::MAX, |crc, byte| table[usize::from(crc.to_le_bytes()[0] ^ byte)] ^ (crc >> 8))
}

#[test]
fn what_is_packed_here_is_unpacked_elsewhere() {
    use std::io::Read;

    let mut body: Vec<u8> = (0..=255).collect();
    body.resize(100_000, b' ');
    body.extend_from_slice("zwölf".as_bytes());
    let packed = gzip(&body);
    let mut unpacked = Vec::new();
    flate2::bufread::GzDecoder::new(&packed[..]).read_to_end(&mut unpacked).expect("good gzip");
    assert!(unpacked == body, "{} bytes", unpacked.len());
    assert!(packed.len() < body.len() / 50);
}
