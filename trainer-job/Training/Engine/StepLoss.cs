namespace Pipeline.TrainerJob.Training.Engine;

public readonly record struct StepLoss(double SummedLoss, long Tokens);
