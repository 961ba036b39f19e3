using System.Numerics;

namespace Pipeline.Generation;

/// <summary>
/// Random numbers of one sample, the same on every machine and for every version of the runtime: xoshiro256** 1.0 by Blackman and
/// Vigna, its state filled by splitmix64 (both in the public domain, https://prng.di.unimi.it).
/// </summary>
internal sealed class RandomStream
{
    private readonly ulong[] _state = new ulong[4];

    /// <summary>The stream of a seed; neighbouring seeds give unrelated streams.</summary>
    public RandomStream(ulong seed)
    {
        for (var i = 0; i < _state.Length; i++)
        {
            seed += 0x9e3779b97f4a7c15;
            var z = (seed ^ (seed >> 30)) * 0xbf58476d1ce4e5b9;
            z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
            _state[i] = z ^ (z >> 31);
        }
    }

    /// <summary>The stream that goes on from a state, not all of it zero.</summary>
    internal RandomStream(ReadOnlySpan<ulong> state) => state.CopyTo(_state);

    /// <summary>64 random bits.</summary>
    public ulong NextBits()
    {
        var result = BitOperations.RotateLeft(_state[1] * 5, 7) * 9;
        var shifted = _state[1] << 17;
        _state[2] ^= _state[0];
        _state[3] ^= _state[1];
        _state[1] ^= _state[2];
        _state[0] ^= _state[3];
        _state[2] ^= shifted;
        _state[3] = BitOperations.RotateLeft(_state[3], 45);
        return result;
    }

    /// <summary>A number of [0, 1) with 53 random bits.</summary>
    public double NextDouble() => (NextBits() >> 11) * (1.0 / (1UL << 53));
}
