namespace Pipeline.TrainerJob.Graphs.Kernels.Lanes;

/// <summary>Numbers side by side in a register, computed with all at once. A kernel is written for any <typeparamref name="T"/> and compiled for each.</summary>
/// <typeparam name="T">The type itself.</typeparam>
internal unsafe interface ILanes<T>
    where T : struct, ILanes<T>
{
    /// <summary>How many there are.</summary>
    static abstract int Count { get; }

    /// <summary>One number in all lanes.</summary>
    static abstract T All(float value);

    /// <summary>The <see cref="Count"/> numbers from an address on.</summary>
    static abstract T Load(float* source);

    /// <summary>Fewer than <see cref="Count"/> numbers from an address on; no memory behind them is touched.</summary>
    /// <param name="source">The address.</param>
    /// <param name="count">How many.</param>
    /// <param name="rest">What the other lanes hold.</param>
    static abstract T Load(float* source, int count, float rest);

    /// <summary>Writes them from an address on.</summary>
    void Store(float* target);

    /// <summary>Writes the first <paramref name="count"/> of them, fewer than <see cref="Count"/>; no memory behind these is touched.</summary>
    void Store(float* target, int count);

    static abstract T operator +(T left, T right);

    static abstract T operator -(T left, T right);

    static abstract T operator -(T value);

    static abstract T operator *(T left, T right);

    static abstract T operator /(T left, T right);

    /// <summary>a · b + c, rounded once.</summary>
    static abstract T MultiplyAdd(T a, T b, T c);

    /// <summary>The smaller number of each lane; the right one if that is NaN.</summary>
    static abstract T Min(T left, T right);

    /// <summary>The larger number of each lane; the right one if that is NaN.</summary>
    static abstract T Max(T left, T right);

    /// <summary>The nearest whole number, the even one of two.</summary>
    static abstract T Round(T value);

    /// <summary>2ⁿ for whole n from -126 to 127; anything for others.</summary>
    static abstract T PowerOfTwo(T n);

    /// <summary>The value where <paramref name="x"/> is not below the limit, else 0.</summary>
    static abstract T ZeroBelow(T limit, T x, T value);

    /// <summary>All lanes added up.</summary>
    static abstract float Sum(T value);

    /// <summary>The largest of all lanes, none of which is NaN.</summary>
    static abstract float Largest(T value);
}
