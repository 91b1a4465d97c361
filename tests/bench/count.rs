use gpucam::internals::bench::count::{BoundContent, DispatchCounts, count_dispatch};

/// The counts of `body` per invocation, in workgroups of 8 with buffers of 64 floats.
fn counts_of(body: &str) -> DispatchCounts {
    let wgsl = format!(
        "@group(0) @binding(0) var<storage, read> a: array<f32>;\n\
         @group(0) @binding(1) var<storage, read_write> b: array<f32>;\n\
         @compute @workgroup_size(8) fn main(@builtin(global_invocation_id) id: vec3u) {{ {body} }}"
    );
    let bytes = || BoundContent::Bytes(bytemuck::cast_slice(&[3.0f32; 64]).to_vec());
    let counted =
        count_dispatch(&wgsl, [8, 1], &[bytes(), bytes()]).unwrap_or_else(|why| panic!("{body}: {why}"));
    // All 64 invocations do the same; up to 127 are run.
    let each = |total: f64| (total / 64.0 * 1e6).round() / 1e6;
    DispatchCounts {
        operations: each(counted.operations),
        loads: each(counted.loads),
        stores: each(counted.stores),
        uses: counted.uses,
    }
}

pub fn operations() {
    let store = "b[id.x] = x;";
    for (body, want) in [
        ("let x = a[id.x] * 2.0 + 1.0;", 2.0),
        ("let v = vec4f(a[id.x]); let x = dot(v * v, v);", 4.0 + 7.0),
        ("let x = mix(a[0], a[1], clamp(a[2], 0.0, 1.0));", 3.0 + 2.0),
        ("let x = smoothstep(0.0, 1.0, a[id.x]);", 9.0),
        ("let x = length(vec2f(a[0], a[1])) + exp(a[2]);", 4.0 + 1.0 + 1.0),
        // Integer and address arithmetic does not count.
        ("let x = a[(id.x * 3u + 1u) % 64u];", 0.0),
        ("let x = select(a[0], a[1], id.x < 4u);", 0.0),
        // Loops count per iteration, even if a buffer holds their number.
        ("var x = 0.0; for (var i = 0; i < 5; i++) { x += a[i]; }", 5.0),
        ("var x = 0.0; for (var i = 0u; i < u32(a[7]); i++) { x += 1.0; }", 3.0),
        ("var x = 1.0; var i = 0; loop { x *= 2.0; i++; if i == 4 { break; } }", 4.0),
        ("var x = 0.0; for (var i = 0; i < 6; i++) { if i % 2 == 0 { continue; } x += 1.0; }", 3.0),
        (
            "var x = 0.0; switch i32(a[0]) { case 3: { x = a[1] + 1.0; } default: { x = a[0] * 2.0 * 2.0; } }",
            1.0,
        ),
        (
            "var s = array<vec3f, 4>(); s[1] = vec3f(a[0]); s[1].y = a[1]; let x = s[1].x + s[id.x % 4u].y;",
            1.0,
        ),
        ("let m = mat2x2f(a[0], a[1], a[2], a[3]); let x = (m * vec2f(a[4], a[5])).x;", 6.0),
    ] {
        assert_eq!(counts_of(&format!("{body} {store}")).operations, want, "{body}");
    }
    // Only executed code counts: half of the invocations return at once.
    assert!((counts_of("if id.x >= 32u { return; } b[id.x] = a[id.x] + 1.0;").operations - 0.5).abs() < 0.02);
}

pub fn accesses() {
    let counted = counts_of("b[id.x] = a[id.x] + a[0] + b[id.x];");
    assert_eq!((counted.loads, counted.stores), (3.0, 1.0));
    assert_eq!(counted.uses, [(true, false), (true, true)]);
    assert_eq!(counts_of("b[id.x] = 1.0;").uses, [(false, false), (false, true)]);
    // One iteration per set bit; the bits are indices of elements.
    let listed = counts_of(
        "for (var rest = 0x12u; rest != 0u; rest &= rest - 1u) { b[firstTrailingBit(rest)] += 1.0; }",
    );
    assert_eq!((listed.operations, listed.loads, listed.stores), (2.0, 2.0, 2.0));
    assert_eq!(counts_of("for (var i = 0u; i < countOneBits(0x70u); i++) { b[i] = 1.0; }").stores, 3.0);
    assert_eq!(counts_of("if firstTrailingBit(8u) == 3u { b[0] = 1.0; }").stores, 1.0);
}

/// Decisions that a workgroup shares after one invocation has made them, and decisions by texels.
pub fn decisions() {
    let wgsl = "@group(0) @binding(0) var<storage, read_write> b: array<f32>;
        @group(0) @binding(1) var p: texture_storage_2d<r32float, read>;
        var<workgroup> found: array<f32, 8>;
        var<workgroup> n: u32;
        @compute @workgroup_size(8) fn main(
            @builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32,
        ) {
            found[7u - lane] = textureLoad(p, vec2u(lane, group.x)).r;
            workgroupBarrier();
            if lane == 0u { n = u32(found[2]); }
            let count = workgroupUniformLoad(&n);
            for (var i = 0u; i < count; i++) { b[8u * group.x + lane] = found[lane] + 1.0; }
        }";
    // Texel 5 of a row holds the number of iterations.
    let texels =
        (0..32u8).map(|i| [if i % 8 == 5 { 3.0 + f32::from(i / 8) } else { 0.0f32 }.to_bits(), 0, 0, 0]);
    let picture = BoundContent::Texture { sides: [8, 4], texels: texels.collect() };
    let counted = count_dispatch(wgsl, [4, 1], &[BoundContent::Bytes(vec![0; 128]), picture])
        .expect("a shader that is known");
    assert_eq!(counted.operations, f64::from(8 * (3 + 4 + 5 + 6)));
    assert_eq!((counted.loads, counted.stores), (32.0, counted.operations));
}

/// The interpreter supports everything that the passes use.
pub fn every_shader() {
    let shaders = gpucam::internals::passes::SHADERS.iter().chain(gpucam::internals::bench::SHADERS);
    let mut some = 0;
    for shader in shaders {
        let module = naga::front::wgsl::parse_str(shader.wgsl).expect("valid");
        let mut bound = vec![BoundContent::Sampler; 16];
        for (_, variable) in module.global_variables.iter() {
            let Some(binding) = &variable.binding else { continue };
            bound[binding.binding as usize] = match &module.types[variable.ty].inner {
                naga::TypeInner::Image { .. } => {
                    BoundContent::Texture { sides: [64, 36], texels: Vec::new() }
                }
                naga::TypeInner::Sampler { .. } => BoundContent::Sampler,
                // Sizes and numbers of taps, where these are integers.
                _ => BoundContent::Bytes(64u32.to_le_bytes().repeat(16384)),
            };
        }
        let counted = count_dispatch(shader.wgsl, [4, 9], &bound)
            .unwrap_or_else(|why| panic!("{}: {why}", shader.name));
        // Not that it stores: with nonsense bound, the invocations of the sample may have nothing to store, and in
        // passes of one workgroup a single one stores.
        assert!(
            counted.operations.is_finite() && counted.loads + counted.stores > 0.0,
            "{}: {counted:?}",
            shader.name
        );
        some += 1;
    }
    assert!(some > 20, "a test over nothing proves nothing");
}

pub fn refusals() {
    let main = "@compute @workgroup_size(1) fn main()";
    for (wgsl, words) in [
        ("nonsense".into(), "expected"),
        (format!("{main} {{ loop {{ }} }}"), "too long"),
        (format!("@group(0) @binding(0) var<storage> a: array<f32>; {main} {{ _ = a[0]; }}"), "bound"),
    ] {
        let error = count_dispatch(&wgsl, [1, 1], &[]).expect_err(words);
        assert!(error.contains(words), "{error}");
    }
}
