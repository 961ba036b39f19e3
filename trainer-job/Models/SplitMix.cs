namespace Pipeline.TrainerJob.Models;

/// <summary>SplitMix64 (Steele, Lea, Flood 2014): every seed is good, and the state is one word.</summary>
internal struct SplitMix(ulong seed)
{
    private const ulong Step = 0x9E3779B97F4A7C15;

    private ulong _state = seed;

    /// <summary>The generator's output for a state: also a good hash of a word.</summary>
    public static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    /// <summary>The next 64 bits.</summary>
    public ulong Next() => Mix(_state += Step);

    /// <summary>The next number in [0, 1).</summary>
    public double Uniform() => (Next() >> 11) * (1.0 / (1UL << 53));
}
