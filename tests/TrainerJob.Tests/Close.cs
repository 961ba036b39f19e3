namespace Pipeline.TrainerJob.Tests;

/// <summary>Comparison of many numbers at once; a failure names the place and both numbers.</summary>
internal static class Close
{
    public static void Check(string what, ReadOnlySpan<float> expected, ReadOnlySpan<float> actual, double tolerance, Func<int, bool>? compared = null)
    {
        Assert.Equal(expected.Length, actual.Length);
        var (worst, at) = (0.0, -1);
        for (var i = 0; i < expected.Length; i++)
        {
            var difference = Math.Abs((double)expected[i] - actual[i]);
            difference = double.IsNaN(difference) ? double.PositiveInfinity : difference;
            if ((compared is null || compared(i)) && difference > worst)
            {
                (worst, at) = (difference, i);
            }
        }

        Assert.True(worst <= tolerance, at < 0 ? what : $"{what}[{at}] is {actual[at]}, expected {expected[at]}: off by {worst:e2}, more than {tolerance:e1}.");
    }
}
