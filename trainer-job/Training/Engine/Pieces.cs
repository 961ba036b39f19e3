using System.Numerics;
using Pipeline.TrainerJob.Models;

namespace Pipeline.TrainerJob.Training.Engine;

/// <summary>
/// Work over all numbers of a set, cut into pieces of fixed size and shared among threads. The cut does not depend on the threads, and
/// sums are taken in the order of the pieces, so results do not either.
/// </summary>
internal sealed class Pieces
{
    // Small enough to share out evenly, large enough that handing one out costs nothing beside it.
    private const int PieceLength = 1 << 16;

    private readonly List<Piece> _pieces = [];
    private readonly ParallelOptions _parallel;

    public Pieces(ParameterSet set, int threads)
    {
        _parallel = new ParallelOptions { MaxDegreeOfParallelism = threads };
        for (var index = 0; index < set.Count; index++)
        {
            var length = set[index].Values.Length;
            for (var start = 0; start < length; start += PieceLength)
            {
                _pieces.Add(new Piece(index, start, Math.Min(PieceLength, length - start)));
            }
        }
    }

    /// <summary>Calls <paramref name="work"/> once for each piece, on any thread.</summary>
    public void ForEach(Action<Piece> work) => Parallel.For(0, _pieces.Count, _parallel, i => work(_pieces[i]));

    /// <summary>The root of the sum of all squares.</summary>
    public unsafe double Norm(ParameterSet set)
    {
        var sums = new double[_pieces.Count];
        Parallel.For(0, _pieces.Count, _parallel, i => sums[i] = SumOfSquares(set[_pieces[i].Parameter].Pointer + _pieces[i].Start, _pieces[i].Length));
        return Math.Sqrt(sums.Sum());
    }

    /// <summary>Adds the numbers of one set to those of another.</summary>
    public void Add(ParameterSet target, ParameterSet source) => ForEach(piece =>
    {
        var sum = target[piece.Parameter].Values.Slice(piece.Start, piece.Length);
        System.Numerics.Tensors.TensorPrimitives.Add(sum, source[piece.Parameter].Values.Slice(piece.Start, piece.Length), sum);
    });

    /// <summary>Multiplies the numbers of a set.</summary>
    public void Scale(ParameterSet set, float factor) => ForEach(piece =>
    {
        var values = set[piece.Parameter].Values.Slice(piece.Start, piece.Length);
        System.Numerics.Tensors.TensorPrimitives.Multiply(values, factor, values);
    });

    /// <summary>In short runs of float32, added up in float64: as exact as needed at full speed.</summary>
    private static unsafe double SumOfSquares(float* values, int count)
    {
        const int Run = 1024;
        var total = 0.0;
        var i = 0;
        while (i <= count - Vector<float>.Count)
        {
            var end = Math.Min(count - Vector<float>.Count, i + Run - Vector<float>.Count);
            var sum = Vector<float>.Zero;
            for (; i <= end; i += Vector<float>.Count)
            {
                var x = Vector.Load(values + i);
                sum += x * x;
            }

            total += Vector.Sum(sum);
        }

        for (; i < count; i++)
        {
            total += (double)values[i] * values[i];
        }

        return total;
    }
}
