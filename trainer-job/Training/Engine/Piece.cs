namespace Pipeline.TrainerJob.Training.Engine;

/// <summary>A run of one parameter's numbers.</summary>
/// <param name="Parameter">The parameter's place in its set.</param>
/// <param name="Start">The first number.</param>
/// <param name="Length">How many.</param>
internal readonly record struct Piece(int Parameter, int Start, int Length);
