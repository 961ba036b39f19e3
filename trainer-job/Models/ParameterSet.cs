using System.Collections;
using System.Runtime.InteropServices;

namespace Pipeline.TrainerJob.Models;

/// <summary>
/// The tensors of a model, or one number for each of theirs (gradients, moments), in a fixed order. One block of unmanaged memory,
/// each tensor on a 64-byte boundary; all zero at first.
/// </summary>
public sealed unsafe class ParameterSet : IReadOnlyList<Parameter>, IDisposable
{
    // A cache line, and the width of the widest vector registers.
    private const int Alignment = 64;

    private readonly List<Parameter> _parameters = [];
    private readonly Dictionary<string, Parameter> _byName;
    private void* _memory;

    /// <summary>Makes a set of zeros.</summary>
    /// <param name="tensors">Distinct names and sizes; at most 2³¹ - 1 elements each.</param>
    public ParameterSet(IEnumerable<(string Name, long[] Shape)> tensors)
    {
        var sized = tensors.Select(tensor => (tensor.Name, tensor.Shape, Count: checked((int)tensor.Shape.Aggregate(1L, (a, b) => checked(a * b))))).ToList();
        Bytes = sized.Sum(tensor => Padded(tensor.Count));
        _memory = LargeMemory.Allocate(Bytes);
        var next = (byte*)_memory;
        foreach (var (name, shape, count) in sized)
        {
            _parameters.Add(new Parameter(name, shape, (float*)next, count));
            next += Padded(count);
        }

        _byName = _parameters.ToDictionary(parameter => parameter.Name, StringComparer.Ordinal);
    }

    /// <inheritdoc />
    public int Count => _parameters.Count;

    /// <summary>How many numbers there are in all.</summary>
    public long Elements => _parameters.Sum(parameter => (long)parameter.Values.Length);

    /// <summary>How much memory the set takes, in bytes.</summary>
    public long Bytes { get; }

    /// <inheritdoc />
    public Parameter this[int index] => _parameters[index];

    /// <summary>The tensor of a name.</summary>
    /// <exception cref="KeyNotFoundException">There is none.</exception>
    public Parameter this[string name] =>
        _byName.TryGetValue(name, out var parameter) ? parameter : throw new KeyNotFoundException($"There is no parameter {name}.");

    /// <summary>Whether there is a tensor of this name.</summary>
    public bool Contains(string name) => _byName.ContainsKey(name);

    /// <summary>Zeros of the same names and sizes.</summary>
    public ParameterSet ZerosLike() => new(_parameters.Select(parameter => (parameter.Name, parameter.Shape)));

    /// <summary>Takes over the numbers of a set with the same names and sizes.</summary>
    /// <exception cref="ArgumentException">A name or a size differs.</exception>
    public void CopyFrom(ParameterSet other)
    {
        if (!other.Select(parameter => parameter.Name).SequenceEqual(_parameters.Select(parameter => parameter.Name)))
        {
            throw new ArgumentException("The two sets hold different parameters.", nameof(other));
        }

        foreach (var (target, source) in _parameters.Zip(other))
        {
            if (!target.Shape.AsSpan().SequenceEqual(source.Shape))
            {
                throw new ArgumentException($"{target.Name} is [{string.Join(',', target.Shape)}] here and [{string.Join(',', source.Shape)}] there.", nameof(other));
            }

            source.Values.CopyTo(target.Values);
        }
    }

    /// <summary>Sets every number to 0.</summary>
    public void Clear() => NativeMemory.Clear(_memory, (nuint)Bytes);

    /// <inheritdoc />
    public IEnumerator<Parameter> GetEnumerator() => _parameters.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>Frees the memory: no span and no tensor of the set may be used afterwards.</summary>
    public void Dispose()
    {
        foreach (var parameter in _parameters)
        {
            parameter.Tensor.Dispose();
        }

        LargeMemory.Free(_memory);
        _memory = null;
    }

    private static long Padded(int count) => (((long)count * sizeof(float)) + Alignment - 1) / Alignment * Alignment;
}
