namespace Pipeline.Costs;

/// <summary>What computing costs by the prices that the owner states; nothing where none is stated, as on the owner's own machine.</summary>
/// <param name="TrainingHour">An hour of training.</param>
/// <param name="GenerationHour">An hour in which texts are generated.</param>
/// <param name="Currency">What they are counted in, such as <c>USD</c>.</param>
public sealed record Prices(double TrainingHour, double GenerationHour, string Currency)
{
    private const double SecondsAnHour = 3600;

    /// <summary>What so much training costs.</summary>
    public double OfTraining(double seconds) => seconds / SecondsAnHour * TrainingHour;

    /// <summary>What so much generation costs.</summary>
    public double OfGeneration(double seconds) => seconds / SecondsAnHour * GenerationHour;
}
