//! Nanoseconds and bandwidth of each frame, decoded and encoded, beside a copy of the same octets.
//!
//! The budget: a SEND of 100 octets decodes and encodes in 20 ns each where a copy of 120 octets takes 3.

use core::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use pinnace_wire::{Alias, ClientSeq, Frame, FrameType, Send, frames};
use serde_json::Value;

/// The golden vector of a frame.
fn golden(name: &str) -> Vec<u8> {
    let path = format!("{}/../spec/vectors/{}.json", env!("CARGO_MANIFEST_DIR"), name.to_lowercase());
    let file = std::fs::read_to_string(path).unwrap_or_default();
    let file: Value = serde_json::from_str(&file).unwrap_or_default();
    let wanted = format!("{name}/golden");
    let vectors = file.get("vectors").and_then(Value::as_array).cloned().unwrap_or_default();
    let found = vectors.iter().find(|vector| vector["id"] == wanted.as_str());
    let hex: Vec<u8> = found.and_then(|found| found["hex"].as_str()).unwrap_or_default().bytes().collect();
    let digit =
        |digit: u8| char::from(digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok()).unwrap_or(0);
    hex.chunks_exact(2).map(|pair| pair.iter().fold(0, |octet, found| octet << 4 | digit(*found))).collect()
}

/// A SEND of the length that the budget names.
fn send_100() -> Option<Vec<u8>> {
    let (client_seq, alias) = (ClientSeq::new(1_000)?, Alias::new(3)?);
    let payload = &[7; 100];
    let send = Send { client_seq, alias, payload, class: None, expires_in_s: None, no_receipt: false };
    let mut out = vec![0; 128];
    let len = Frame::Send(send).encode(&mut out).ok()?;
    out.truncate(len);
    Some(out)
}

fn measure(criterion: &mut Criterion, name: &str, octets: &[u8]) {
    let Some(Ok(placed)) = frames(octets).next() else { return };
    let mut out = vec![0; octets.len()];
    let mut group = criterion.benchmark_group(name);
    group.throughput(Throughput::Bytes(octets.len() as u64));
    group.bench_function("decode", |bencher| {
        bencher.iter(|| {
            // By reference: moving the frame once more would cost as much as decoding it.
            black_box(&frames(black_box(octets)).next());
        });
    });
    group.bench_function("encode", |bencher| {
        bencher.iter(|| black_box(black_box(&placed.frame).encode(black_box(&mut out))));
    });
    group.bench_function("copy", |bencher| {
        bencher.iter(|| black_box(&mut out).copy_from_slice(black_box(octets)));
    });
    group.finish();
}

fn all(criterion: &mut Criterion) {
    measure(criterion, "SEND_100", &send_100().unwrap_or_default());
    for name in FrameType::ALL.iter().filter_map(|frame_type| frame_type.name()) {
        measure(criterion, name, &golden(name));
    }
}

criterion_group!(benches, all);
criterion_main!(benches);
