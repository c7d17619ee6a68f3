using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace LstmGpu.KernelCompiler;

internal sealed partial class FunctionWriter
{
    /// <summary>A method of TensorCore or AsyncCopy.</summary>
    private string Tensor(IInvocationOperation call)
    {
        if (unit.Features.ComputeCapability < 80)
        {
            return Outside(Rules.CudaOnly, call, $"{call.TargetMethod.ContainingType.Name}.{call.TargetMethod.Name}", 80);
        }

        IOperation[] arguments = [.. call.Arguments.OrderBy(a => a.Parameter!.Ordinal).Select(a => a.Value)];
        int? constant = arguments.FirstOrDefault(a => TypeText.IsSpecialized(a.Type)) is { } specialised ? Constant(specialised) as int? : null;
        if (TensorFunctions.Name(call.TargetMethod.Name, constant) is not { } function)
        {
            return Unknown(call);
        }

        string values = call.TargetMethod.Name is "One" or "Four"
            ? $"&{View(arguments[0]).Pointer}[{Bare(Value(arguments[1]))}], &{View(arguments[2]).Pointer}[{Bare(Value(arguments[3]))}], {Bare(Value(arguments[4]))}"
            : string.Join(", ", arguments.Where(a => !TypeText.IsSpecialized(a.Type)).Select((a, _) => IsReference(call, a) ? Address(a, out AddressSpace _) : Bare(Value(a))));
        return $"{unit.Support(function)}({values})";
    }

    private static bool IsReference(IInvocationOperation call, IOperation value) =>
        call.Arguments.First(a => a.Value == value).Parameter!.RefKind == RefKind.Ref;
}
