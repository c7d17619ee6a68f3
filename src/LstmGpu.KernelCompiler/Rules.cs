using Microsoft.CodeAnalysis;

namespace LstmGpu.KernelCompiler;

/// <summary>Every way in which a kernel can leave the language, and what to write instead.</summary>
internal static class Rules
{
    public static readonly DiagnosticDescriptor Construct = Rule("LGK001", "Construct outside the kernel language", "'{0}' is outside the kernel language; use locals, arithmetic, if, switch, for, while and static methods");
    public static readonly DiagnosticDescriptor ReferenceType = Rule("LGK002", "Reference type", "'{0}' is a reference type, and a device has no heap; use a struct, ArrayView<T> or LocalMemory.Allocate<T>(constant)");
    public static readonly DiagnosticDescriptor Text = Rule("LGK003", "String", "a kernel has no strings; pass a number and let the host write the text");
    public static readonly DiagnosticDescriptor Exception = Rule("LGK004", "Exception", "a kernel cannot throw or catch; check on the host before the launch");
    public static readonly DiagnosticDescriptor Delegate = Rule("LGK005", "Delegate", "delegates, lambdas and local functions have no address on a device; call a static method");
    public static readonly DiagnosticDescriptor Recursion = Rule("LGK006", "Recursion", "'{0}' calls itself, and a device has no stack for it; write a loop");
    public static readonly DiagnosticDescriptor InstanceCall = Rule("LGK007", "Instance call", "'{0}' is called on an instance (virtual and interface calls included); use a static method that takes the struct");
    public static readonly DiagnosticDescriptor Decimal = Rule("LGK008", "Decimal", "decimal does not exist on a device; use float or double");
    public static readonly DiagnosticDescriptor Checked = Rule("LGK009", "Checked arithmetic", "a device cannot raise an overflow; use unchecked arithmetic and test the range yourself");
    public static readonly DiagnosticDescriptor Goto = Rule("LGK010", "Goto", "goto is not translated; use a loop with break or continue");
    public static readonly DiagnosticDescriptor ForEach = Rule("LGK011", "Foreach", "foreach needs an enumerator; use for with an index");
    public static readonly DiagnosticDescriptor Pointer = Rule("LGK012", "Unsafe pointer", "pointers and stackalloc have no address space; use ArrayView<T> or LocalMemory.Allocate<T>(constant)");
    public static readonly DiagnosticDescriptor Async = Rule("LGK013", "Async", "a kernel cannot wait for a task; let the host order the launches");
    public static readonly DiagnosticDescriptor Boxing = Rule("LGK014", "Boxing", "'{0}' is boxed here, and a device has no heap; keep it in a variable of its own type");
    public static readonly DiagnosticDescriptor Math = Rule("LGK015", "Inexact function", "'{0}' has no exact counterpart on every device; use DeviceMath or write it out");
    public static readonly DiagnosticDescriptor NoSource = Rule("LGK016", "Method without source", "'{0}' has no source in this project; write it as a static method beside the kernel");
    public static readonly DiagnosticDescriptor MutableStatic = Rule("LGK017", "Static variable", "'{0}' is not a constant that the compiler can see; make it const or static readonly with an initialiser, or pass it as an argument");
    public static readonly DiagnosticDescriptor FloatAtomic = Rule("LGK018", "Float atomic", "'{0}' on floats depends on the order of threads; reduce in two stages, atomics are for int, uint, long and ulong");
    public static readonly DiagnosticDescriptor ArraySize = Rule("LGK019", "Array size", "the size must be a constant at the declaration of a variable; use const, or SharedMemory.GetDynamic<T>()");
    public static readonly DiagnosticDescriptor SharedInHelper = Rule("LGK020", "Shared memory in a helper", "shared memory is allocated in the kernel itself; pass the view to '{0}'");
    public static readonly DiagnosticDescriptor AddressSpace = Rule("LGK021", "View without a fixed home", "a view variable stands for one buffer from its declaration on; declare a second variable, or branch on the elements");
    public static readonly DiagnosticDescriptor Order = Rule("LGK022", "Order of evaluation", "C leaves the order of this side effect open; write it as a statement of its own");
    public static readonly DiagnosticDescriptor Layout = Rule("LGK023", "Type in device memory", "'{0}' has no layout that host and device share; use byte for bool, ushort for char, and structs of numbers");
    public static readonly DiagnosticDescriptor Shape = Rule("LGK024", "Shape of a kernel", "'{0}' must be static, return void, be the only method of its name, not generic, and take no ref parameters; results go to an ArrayView<T>");
    public static readonly DiagnosticDescriptor FloatRemainder = Rule("LGK025", "Remainder of floats", "% on floats is not exact on every device; write x - y * MathF.Floor(x / y) or use integers");
    public static readonly DiagnosticDescriptor Reach = Rule("LGK026", "Kernel out of reach", "the launcher beside the class cannot call '{0}'; make the method and the classes around it internal");
    public static readonly DiagnosticDescriptor Values = Rule("LGK027", "Values of a specialised parameter", "'{0}' needs [Values(…)] with constants of its type {1}, which is int or bool; one kernel is compiled for each");
    public static readonly DiagnosticDescriptor Vector = Rule("LGK028", "Vector", "'{0}' is marked [Vector] but is not 2 or 4 fields of one number type, 16 bytes at most; make it so or drop the attribute");

    public static readonly DiagnosticDescriptor CudaOnly = Rule("LGK029", "Instruction of CUDA alone", "'{0}' needs [Kernel(…, ComputeCapability = {1})]: other devices do not have it and get a kernel of their own");

    private static DiagnosticDescriptor Rule(string id, string title, string message) =>
        new(id, title, message, "Kernel", DiagnosticSeverity.Error, isEnabledByDefault: true);
}
