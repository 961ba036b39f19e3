namespace Pipeline.Generation.Cpu;

/// <summary>
/// One pass of tokens through the model, by all members of a team: each takes some of the heads and of every matrix's outputs. A single
/// token is normalised by every member for itself, since that is faster than to wait for each other; several are shared out.
/// </summary>
internal sealed unsafe class CpuForward<TProduct> : ICpuForward
    where TProduct : struct, IPanelProduct
{
    private readonly CpuModel _model;
    private readonly WorkerTeam _team;
    private readonly Action<int> _pass;
    private readonly int _width;
    private readonly int _attention;
    private readonly int _inner;
    private Scratch _scratch;
    private DecoderSlot[] _slots = [];
    private int[] _wanted = [];
    private CpuKeyValueCache? _cache;
    private int _count;
    private int _wantedCount;

    public CpuForward(CpuModel model, WorkerTeam team)
    {
        (_model, _team, _pass) = (model, team, Pass);
        (_width, _attention, _inner) = (model.Shape.Width, model.AttentionWidth, model.Layers[0].Inner.Rows);
        _scratch = new(model, team.Size, 1, _inner);
    }

    // A single token's numbers exist once a member.
    private bool Private => _count == 1;

    public void Run(ReadOnlySpan<DecoderSlot> slots, CpuKeyValueCache cache)
    {
        lock (_team)
        {
            if (_slots.Length < slots.Length)
            {
                (_slots, _wanted) = (new DecoderSlot[slots.Length], new int[slots.Length]);
                _scratch.Dispose();
                _scratch = new(_model, _team.Size, slots.Length, _inner);
            }

            slots.CopyTo(_slots);
            (_count, _cache, _wantedCount) = (slots.Length, cache, 0);
            for (var token = 0; token < _count; token++)
            {
                if (_slots[token].Logits != 0)
                {
                    _wanted[_wantedCount++] = token;
                }
            }

            _scratch.Begin(_count, _wantedCount);
            _team.Run(_pass);
            _cache = null;
        }
    }

    public void Dispose() => _scratch.Dispose();

    private void Pass(int member)
    {
        var own = Own(member);
        for (var token = First(member); token < Last(member); token++)
        {
            Embed(_slots[token], _scratch.Residual + ((long)(own + token) * _width));
        }

        float* branchBias = null;
        for (var layer = 0; layer < _model.Layers.Length; layer++)
        {
            var weights = _model.Layers[layer];
            Normalize(member, branchBias, weights.AttentionScale, weights.AttentionShift, weights.Projections);
            Attend(member, layer, weights);
            _team.Meet();
            QuantizeAttended(member, weights.Attended);
            Product(member, weights.Attended, _scratch.FromAttention[Own(member)], null, _scratch.Branch, _width, PackedWeights.Panel);
            _team.Meet();
            Normalize(member, weights.AttendedBias, weights.InnerScale, weights.InnerShift, weights.Inner);
            FeedForward(member, weights);
            _team.Meet();
            Product(member, weights.Outer, _scratch.FromInner, null, _scratch.Branch, _width, PackedWeights.Panel);
            _team.Meet();
            branchBias = weights.OuterBias;
        }

        Head(member, branchBias);
    }

    private int Own(int member) => Private ? member : 0;

    private int First(int member) => Private ? 0 : Share(_count, member, 1);

    private int Last(int member) => Private ? 1 : Share(_count, member + 1, 1);

    // Where a member's share of so many things begins, in whole units.
    private int Share(int count, int member, int unit)
    {
        var units = (count + unit - 1) / unit;
        return Math.Min(count, (int)((long)units * member / _team.Size) * unit);
    }

    private void Embed(DecoderSlot slot, float* to)
    {
        _model.Table.Restore(slot.Token, to);
        if (_model.EmbeddingFactor != 1)
        {
            Elementwise.Scale(to, _model.EmbeddingFactor, _width);
        }

        Elementwise.Add(to, _model.Positions + ((long)slot.Position * _width), _scratch.Zeros, _width);
    }

    private void Normalize(int member, float* branchBias, float* scale, float* shift, PackedWeights consumer)
    {
        var own = Own(member);
        var normal = _scratch.Normal + ((long)member * _width);
        for (var token = First(member); token < Last(member); token++)
        {
            var residual = _scratch.Residual + ((long)(own + token) * _width);
            if (branchBias is not null)
            {
                Elementwise.Add(residual, _scratch.Branch + ((long)token * _width), branchBias, _width);
            }

            Elementwise.Normalize(residual, scale, shift, _model.Epsilon, _width, normal);
            _scratch.FromNormal[own].Fill(token, normal, 0, _width / BlockWeights.Size, consumer.Zero, TProduct.Limit);
        }

        if (!Private)
        {
            _team.Meet();
        }
    }

    private void QuantizeAttended(int member, PackedWeights consumer)
    {
        for (var token = First(member); token < Last(member); token++)
        {
            _scratch.FromAttention[Own(member)].Fill(token, _scratch.Attended + ((long)token * _attention), 0, _attention / BlockWeights.Size, consumer.Zero, TProduct.Limit);
        }

        if (!Private)
        {
            _team.Meet();
        }
    }

    private void Product(int member, PackedWeights weights, PackedRows x, float* bias, float* to, int stride, int unit) =>
        Product(weights, x, bias, to, stride, Share(weights.Rows, member, unit), Share(weights.Rows, member + 1, unit));

    private void Product(PackedWeights weights, PackedRows x, float* bias, float* to, int stride, int first, int last)
    {
        var rows = stackalloc float*[_count];
        for (var token = 0; token < _count; token++)
        {
            rows[token] = to + ((long)token * stride);
        }

        PanelProduct.Multiply<TProduct>(weights, x, first, last, bias, rows);
    }

    // Queries, keys and values of a member's heads, and their attention: nobody else needs them in between.
    private void Attend(int member, int layer, CpuLayer weights)
    {
        var (firstHead, lastHead, size) = (Share(_model.Shape.Heads, member, 1), Share(_model.Shape.Heads, member + 1, 1), _model.HeadSize);
        var stride = 3 * _attention;
        for (var part = 0; part < 3; part++)
        {
            Product(weights.Projections, _scratch.FromNormal[Own(member)], weights.ProjectionsBias, _scratch.Projected, stride,
                (part * _attention) + (firstHead * size), (part * _attention) + (lastHead * size));
        }

        var scores = _scratch.Scores + ((long)member * _scratch.ScoresStride);
        for (var head = firstHead; head < lastHead; head++)
        {
            for (var token = 0; token < _count; token++)
            {
                var at = _scratch.Projected + ((long)token * stride) + (head * size);
                var slot = _slots[token];
                Attention.Append(_cache!.Keys(layer, slot.Row, head), _cache.Values(layer, slot.Row, head), slot.Position, at + _attention, at + (2 * _attention), size);
            }

            for (var token = 0; token < _count; token++)
            {
                var slot = _slots[token];
                Attention.Attend(_scratch.Projected + ((long)token * stride) + (head * size), _cache!.Keys(layer, slot.Row, head), _cache.Values(layer, slot.Row, head),
                    slot.Position + 1, size, 1 / MathF.Sqrt(_model.Shape.HeadSize), scores, _scratch.Attended + ((long)token * _attention) + (head * size));
            }
        }
    }

    // The inner activations of a member's outputs, quantised by whoever computed them.
    private void FeedForward(int member, CpuLayer weights)
    {
        // Whole pairs of blocks, since weights of 4 bits take them together.
        const int unit = 2 * BlockWeights.Size;
        var (first, last) = (Share(_inner, member, unit), Share(_inner, member + 1, unit));
        Product(weights.Inner, _scratch.FromNormal[Own(member)], weights.InnerBias, _scratch.Inner, _inner, first, last);
        for (var token = 0; token < _count && first < last; token++)
        {
            var row = _scratch.Inner + ((long)token * _inner);
            if (_model.Rectified)
            {
                Elementwise.Relu(row + first, last - first);
            }
            else
            {
                Elementwise.Gelu(row + first, last - first);
            }

            _scratch.FromInner.Fill(token, row, first / BlockWeights.Size, last / BlockWeights.Size, weights.Outer.Zero, TProduct.Limit);
        }
    }

    // Scores of the vocabulary, for the tokens whose successors are asked for.
    private void Head(int member, float* branchBias)
    {
        var own = Own(member);
        var (table, x) = (_model.Table, _scratch.FromFinal[own]);
        var normal = _scratch.Normal + ((long)member * _width);
        var (first, last) = Private ? (0, _wantedCount) : (Share(_wantedCount, member, 1), Share(_wantedCount, member + 1, 1));
        for (var i = first; i < last; i++)
        {
            var token = _wanted[i];
            var residual = _scratch.Residual + ((long)(own + token) * _width);
            Elementwise.Add(residual, _scratch.Branch + ((long)token * _width), branchBias, _width);
            Elementwise.Normalize(residual, (float*)_model.FinalScale, (float*)_model.FinalShift, _model.Epsilon, _width, normal);
            x.Fill(i, normal, 0, _width / BlockWeights.Size, table.Upper.Zero, TProduct.Limit);
        }

        if (!Private)
        {
            _team.Meet();
        }

        var rows = stackalloc float*[Math.Max(_wantedCount, 1)];
        for (var i = 0; i < _wantedCount; i++)
        {
            rows[i] = (float*)_slots[_wanted[i]].Logits;
        }

        var vocabulary = _model.Shape.Vocabulary;
        (first, last) = (Share(vocabulary, member, PackedWeights.Panel), Share(vocabulary, member + 1, PackedWeights.Panel));
        PanelProduct.Multiply<TProduct>(table.Upper, x, first, last, _model.HeadBias, rows);
        if (!table.Halved)
        {
            return;
        }

        for (var i = 0; i < _wantedCount; i++)
        {
            TokenTable.Rank(rows[i], first, last, _scratch.Ranks + ((long)i * _scratch.RanksStride));
        }

        _team.Meet();
        for (var i = 0; i < _wantedCount; i++)
        {
            table.MakeExact<TProduct>(rows[i], x, i, _scratch.Ranks + ((long)i * _scratch.RanksStride), first, last, _scratch.Exact + ((long)member * _scratch.ExactStride));
        }
    }
}

/// <summary>A pass of tokens, whatever the processor.</summary>
internal interface ICpuForward : IDisposable
{
    /// <summary>Takes in tokens. Of one text they stand in order.</summary>
    void Run(ReadOnlySpan<DecoderSlot> slots, CpuKeyValueCache cache);
}
