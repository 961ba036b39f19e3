using System.Collections;
using System.Runtime.CompilerServices;

namespace Pipeline.TrainerJob.Graphs;

/// <summary>The fixed sizes of a tensor, outermost first; a scalar has none. Written as a collection: <c>[B, T, C]</c>.</summary>
[CollectionBuilder(typeof(Shape), nameof(Create))]
public sealed class Shape : IReadOnlyList<int>, IEquatable<Shape>
{
    private readonly int[] _sizes;

    private Shape(int[] sizes) => _sizes = sizes;

    /// <summary>The shape of a scalar.</summary>
    public static Shape Scalar { get; } = new([]);

    /// <summary>How many dimensions there are.</summary>
    public int Rank => _sizes.Length;

    /// <summary>How many elements a tensor of this shape has.</summary>
    public long Elements => _sizes.Aggregate(1L, (product, size) => product * size);

    int IReadOnlyCollection<int>.Count => _sizes.Length;

    /// <summary>One size; a negative index counts from the innermost.</summary>
    public int this[int index] => _sizes[index < 0 ? index + _sizes.Length : index];

    /// <summary>Makes a shape of its sizes.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A size is not positive.</exception>
    public static Shape Create(ReadOnlySpan<int> sizes)
    {
        foreach (var size in sizes)
        {
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(size, nameof(sizes));
        }

        return new Shape(sizes.ToArray());
    }

    /// <summary>The shape that two operands have together when the smaller is repeated, as numpy and ONNX define it.</summary>
    /// <exception cref="ArgumentException">The two do not fit.</exception>
    public static Shape Broadcast(Shape left, Shape right)
    {
        var sizes = new int[Math.Max(left.Rank, right.Rank)];
        for (var i = 1; i <= sizes.Length; i++)
        {
            var a = i <= left.Rank ? left[-i] : 1;
            var b = i <= right.Rank ? right[-i] : 1;
            if (a != b && a != 1 && b != 1)
            {
                throw new ArgumentException($"Shapes {left} and {right} cannot be broadcast.");
            }

            sizes[^i] = Math.Max(a, b);
        }

        return new Shape(sizes);
    }

    /// <summary>This shape with one size changed; a negative index counts from the innermost.</summary>
    public Shape With(int index, int size)
    {
        var sizes = (int[])_sizes.Clone();
        sizes[index < 0 ? index + sizes.Length : index] = size;
        return new Shape(sizes);
    }

    /// <summary>The sizes in the form that ONNX Runtime takes.</summary>
    public long[] ToInt64() => Array.ConvertAll(_sizes, size => (long)size);

    /// <inheritdoc />
    public bool Equals(Shape? other) => other is not null && _sizes.AsSpan().SequenceEqual(other._sizes);

    /// <inheritdoc />
    public override bool Equals(object? obj) => Equals(obj as Shape);

    /// <inheritdoc />
    public override int GetHashCode() => _sizes.Aggregate(17, HashCode.Combine);

    /// <inheritdoc />
    public override string ToString() => $"[{string.Join(',', _sizes)}]";

    /// <inheritdoc />
    public IEnumerator<int> GetEnumerator() => ((IEnumerable<int>)_sizes).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
